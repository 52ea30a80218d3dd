import Bytes
import Vocabulary

extension Snapshot {
  /// The values of some attributes of rows, a column an attribute, in the order asked for.
  ///
  /// - Precondition: the attributes are indices of the schema's.
  package func columns(of attributes: [Int], at rows: [RowAddress]) -> AttributeTable {
    var extraction = Extraction(snapshot: self, rows: rows)
    for attribute in attributes { extraction.add(attribute) }
    return extraction.table
  }
}

/// An attribute table in the making.
private struct Extraction {
  let snapshot: Snapshot
  let rows: [RowAddress]
  private let blocks: RowsByBlock
  /// A word of presence for each row.
  private var presence: [UInt64] = []
  var table = AttributeTable()
  /// Where the string of a keyword code stands.
  private var places: [UInt32: UInt32] = [:]

  init(snapshot: Snapshot, rows: [RowAddress]) {
    self.snapshot = snapshot
    self.rows = rows
    blocks = RowsByBlock(rows)
    if !snapshot.schema.attributes.isEmpty { presence = values(0) { $0.presence } }
  }

  mutating func add(_ attribute: Int) {
    let presence = presence.map { $0 >> UInt64(attribute) & 1 == 1 }
    var column = AttributeTable.Column(presence: presence, values: .int([]))
    switch snapshot.schema.attributes[attribute].type {
    case .int: column.values = .int(values(0) { $0.columns[attribute].ints })
    case .float: column.values = .float(values(0) { $0.columns[attribute].floats })
    case .bool: column.values = .bool(values(0) { $0.columns[attribute].bools }.map { $0 != 0 })
    case .keyword:
      let codes = values(0) { $0.columns[attribute].keywords }
      column.values = .keyword(zip(codes, presence).map { $1 ? place(ofCode: $0) : 0 })
    case .keywordSet:
      var ends: [UInt32] = []
      var members: [UInt32] = []
      for (extent, row) in zip(extents(attribute), rows) {
        members += snapshot.views[row.block].codes[extent].map { place(ofCode: $0) }
        ends.append(UInt32(members.count))
      }
      column.values = .keywordSet(ends: ends, members: members)
    case .text:
      var indices: [UInt32] = []
      for (index, extent) in extents(attribute).enumerated() {
        indices.append(presence[index] ? UInt32(table.strings.count) : 0)
        guard presence[index] else { continue }
        // Of the view the texts alone: a copy of it would count all that it refers to.
        table.strings.append(String(decoding: snapshot.views[rows[index].block].texts[extent], as: UTF8.self))
      }
      column.values = .text(indices)
    }
    table.columns.append(column)
  }

  /// What a column has at the rows, in their order.
  private func values<Value>(_ zero: Value, of column: (Block) -> SharedColumn<Value>?) -> [Value] {
    var values = [Value](repeating: zero, count: rows.count)
    blocks.forEach { block, places in
      guard let column = column(snapshot.views[block].block) else { return }
      for place in places { values[place] = column[rows[place].row] }
    }
    return values
  }

  private func extents(_ attribute: Int) -> [Extent] { values(.empty) { $0.columns[attribute].extents } }

  private mutating func place(ofCode code: UInt32) -> UInt32 {
    if let place = places[code] { return place }
    let place = UInt32(table.strings.count)
    table.strings.append(snapshot.keywords[code])
    places[code] = place
    return place
  }
}

extension Block.Column {
  fileprivate var ints: SharedColumn<Int64>? { if case .int(let values) = self { values } else { nil } }

  fileprivate var floats: SharedColumn<Double>? { if case .float(let values) = self { values } else { nil } }

  fileprivate var bools: SharedColumn<UInt8>? { if case .bool(let values) = self { values } else { nil } }

  fileprivate var keywords: SharedColumn<UInt32>? { if case .keyword(let values) = self { values } else { nil } }

  fileprivate var extents: SharedColumn<Extent>? {
    switch self {
    case .keywordSet(let extents), .text(let extents): extents
    default: nil
    }
  }
}
