import Retrieval
import Vocabulary
import Wire

extension CollectionSchema {
  /// For each attribute of the schema the column of a table that carries it, or `nil`.
  ///
  /// - Throws: UNKNOWN_ATTRIBUTE for a column that the schema does not have, or has with another type.
  func columns(of table: Wire.AttributeTable) throws(WireError) -> [Int?] {
    var columns = [Int?](repeating: nil, count: attributes.count)
    for (index, attribute) in try attributes(of: table).enumerated() { columns[attribute] = index }
    return columns
  }

  /// For each column of a table the attribute that it carries.
  ///
  /// - Throws: UNKNOWN_ATTRIBUTE for a column that the schema does not have, or has with another type.
  func attributes(of table: Wire.AttributeTable) throws(WireError) -> [Int] {
    var indexes: [Int] = []
    for (index, column) in table.columns.enumerated() {
      let attribute = attributeIndex(named: column.name)
      guard let attribute, attributes[attribute].type == column.type else {
        throw .unknownColumn(index, of: table, isThere: attribute != nil)
      }
      indexes.append(attribute)
    }
    return indexes
  }

  /// The indexes of attributes by name.
  ///
  /// - Parameter place: Where the names stood.
  func indexes(of names: [String], at place: BodyPlace) throws(WireError) -> [Int] {
    var indexes: [Int] = []
    for (position, name) in names.enumerated() {
      guard let index = attributeIndex(named: name) else {
        throw WireError(
          .unknownAttribute, fieldOffset: place.offset(ofName: position, in: names),
          message: "the collection has no attribute of this name")
      }
      indexes.append(index)
    }
    return indexes
  }

  /// The indexes of the attributes that a selection names.
  func indexes(of selection: AttributeSelection, at place: BodyPlace) throws(WireError) -> [Int] {
    switch selection {
    case .none: []
    case .all: Array(attributes.indices)
    case .named(let names): try indexes(of: names, at: place)
    }
  }
}

/// Whole items as a message carries them.
protocol ItemRows {
  var ids: [UInt64] { get }
  var embeddingDimension: Int { get }
  var rerankDimension: Int { get }
  var attributes: Wire.AttributeTable { get }
  /// `[n, d]`.
  var embeddings: [Float] { get }
  /// `[n, r]`.
  var rerank: [Float] { get }
}

extension UpsertRequest: ItemRows {}
extension GetResponse: ItemRows {}
extension TransferPart: ItemRows {}

extension ItemRows {
  /// The items, `[n]`.
  ///
  /// - Parameter place: Where the body has the two dimensions.
  /// - Throws: DIMENSION_MISMATCH, UNKNOWN_ATTRIBUTE.
  func items(of schema: CollectionSchema, dimensionsAt place: Int) throws(WireError) -> [Item] {
    guard embeddingDimension == schema.embeddingDimension else {
      throw .dimension(of: "embeddings", schema.embeddingDimension, at: place)
    }
    guard rerankDimension == schema.rerankDimension else {
      throw .dimension(of: "rerank vectors", schema.rerankDimension, at: place + 2)
    }
    let columns = try schema.columns(of: attributes)
    return ids.indices.map { row in
      Item(
        id: ItemID(ids[row]), embedding: Array(embeddings[row * embeddingDimension..<(row + 1) * embeddingDimension]),
        rerank: Array(rerank[row * rerankDimension..<(row + 1) * rerankDimension]),
        attributes: columns.map { $0.flatMap { attributes.value(row: row, column: $0) } })
    }
  }

  /// The items, each of which the schema allows, `[n]`.
  ///
  /// - Throws: what `items` throws; the first fault of an item.
  func checkedItems(of schema: CollectionSchema, dimensionsAt place: Int) throws(WireError) -> [Item] {
    let items = try items(of: schema, dimensionsAt: place)
    for item in items {
      do throws(ItemError) { try ItemError.check(item, against: schema) } catch { throw WireError(error) }
    }
    return items
  }
}

extension GetResponse {
  /// Items of a snapshot.
  ///
  /// - Parameters:
  ///   - rows: `[n]`.
  ///   - attributes: Of the schema, by index.
  init(
    _ snapshot: Snapshot, _ generation: Generation, _ rows: [RowAddress], attributes: [Int],
    wantsEmbeddings: Bool = true, wantsRerank: Bool = true
  ) {
    let schema = snapshot.schema
    self.init(
      generation: generation, embeddingDimension: wantsEmbeddings ? schema.embeddingDimension : 0,
      rerankDimension: wantsRerank ? schema.rerankDimension : 0, unavailable: 0,
      ids: rows.map { snapshot.id(at: $0).rawValue }, versions: rows.map { snapshot.version(at: $0) },
      attributes: AttributeTable(snapshot, attributes: attributes, rows: rows),
      embeddings: wantsEmbeddings ? snapshot.embeddings(at: rows) : [],
      rerank: wantsRerank ? snapshot.reranks(at: rows) : [])
  }
}

extension TransferPart {
  /// Whole items of a snapshot.
  init(of key: InstanceKey, _ snapshot: Snapshot, _ rows: [RowAddress]) {
    self.init(of: key)
    guard !rows.isEmpty else { return }
    let schema = snapshot.schema
    embeddingDimension = schema.embeddingDimension
    rerankDimension = schema.rerankDimension
    ids = rows.map { snapshot.id(at: $0).rawValue }
    versions = rows.map { snapshot.version(at: $0) }
    attributes = AttributeTable(snapshot, attributes: Array(schema.attributes.indices), rows: rows)
    embeddings = snapshot.embeddings(at: rows)
    rerank = snapshot.reranks(at: rows)
  }
}

extension UpdateRequest {
  /// What changes of the item at a position.
  ///
  /// - Parameter indexes: For each column the attribute that it carries.
  func changes(_ position: Int, attributes indexes: [Int]) -> [AttributeChange] {
    var changes: [AttributeChange] = []
    for (column, attribute) in indexes.enumerated() {
      let value = attributes.value(row: position, column: column)
      guard value != nil || isRemoved(position, column: column) else { continue }
      changes.append(AttributeChange(attribute: attribute, value: value))
    }
    return changes
  }
}

extension Wire.AttributeTable {
  /// The attributes of rows, under their names.
  init(_ snapshot: Snapshot, attributes: [Int], rows: [RowAddress]) {
    let table = snapshot.columns(of: attributes, at: rows)
    let columns = zip(attributes, table.columns).map { index, column in
      Column(
        name: snapshot.schema.attributes[index].name, presence: Self.bits(column.presence),
        values: Values(column.values))
    }
    self.init(rowCount: rows.count, strings: table.strings, columns: columns)
  }
}

extension Wire.AttributeTable.Values {
  init(_ values: Retrieval.AttributeTable.Values) {
    self =
      switch values {
      case .int(let values): .int(values)
      case .float(let values): .float(values)
      case .bool(let values): .bool(AttributeTable.bits(values))
      case .keyword(let indexes): .keyword(indexes)
      case .keywordSet(let ends, let members): .keywordSet(ends: ends, indexes: members)
      case .text(let indexes): .text(indexes)
      }
  }
}

extension WireError {
  /// The answer to an item that a table refuses.
  init(_ error: ItemError) {
    switch error {
    case .embedding(let fault), .rerank(let fault): self.init(fault)
    case .attributeCount, .attributeType: self.init(.unknownAttribute)
    case .attributeNotFinite: self.init(.nonFiniteValue)
    case .attributeTooLong, .keywordSetTooLarge: self.init(.limitExceeded)
    case .keywordSetUnordered: self.init(.malformedBody)
    case .tableFull: self = .tableFull
    }
  }

  /// The answer to items for which a collection has no more rows.
  static var tableFull: WireError {
    WireError(
      .memoryBudget, retryAfterMilliseconds: 1000,
      message: "the collection has as many rows on this shard as it may have")
  }

  /// The answer to a vector that retrieval refuses.
  init(_ error: VectorError) {
    switch error {
    case .dimension: self.init(.dimensionMismatch)
    case .notFinite, .normTooLarge: self.init(.nonFiniteValue)
    }
  }
}
