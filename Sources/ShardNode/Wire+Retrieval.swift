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

extension UpsertRequest {
  /// The item at a position.
  func item(_ position: Int, columns: [Int?]) -> Item {
    Item(
      id: ItemID(ids[position]),
      embedding: Array(embeddings[position * embeddingDimension..<(position + 1) * embeddingDimension]),
      rerank: Array(rerank[position * rerankDimension..<(position + 1) * rerankDimension]),
      attributes: columns.map { $0.flatMap { attributes.value(row: position, column: $0) } })
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
