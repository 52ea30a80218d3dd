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
  private let addresses: [UInt32]
  private let blocks: [Block]
  /// A word of presence for each row.
  private let presence: [UInt64]
  var table = AttributeTable()
  /// Where the string of a keyword code stands.
  private var places: [UInt32: UInt32] = [:]

  init(snapshot: Snapshot, rows: [RowAddress]) {
    self.snapshot = snapshot
    self.rows = rows
    addresses = rows.map(\.rawValue)
    blocks = snapshot.views.map(\.block)
    presence =
      snapshot.schema.attributes.isEmpty
      ? [] : SharedColumn.values(of: blocks.map(\.presence), at: addresses, bits: RowAddress.rowBits)
  }

  mutating func add(_ attribute: Int) {
    let presence = presence.map { $0 >> UInt64(attribute) & 1 == 1 }
    var column = AttributeTable.Column(presence: presence, values: .int([]))
    switch snapshot.schema.attributes[attribute].type {
    case .int: column.values = .int(plain(attribute) { $0.ints })
    case .float: column.values = .float(plain(attribute) { $0.floats })
    case .bool: column.values = .bool(plain(attribute) { $0.bools }.map { $0 != 0 })
    case .keyword:
      let codes = plain(attribute) { $0.keywords }
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
        if presence[index] { table.strings.append(snapshot.views[rows[index].block].text(extent)) }
      }
      column.values = .text(indices)
    }
    table.columns.append(column)
  }

  private func plain<Value>(_ attribute: Int, _ values: (Block.Column) -> SharedColumn<Value>?) -> [Value] {
    SharedColumn.values(
      of: blocks.compactMap { values($0.columns[attribute]) }, at: addresses, bits: RowAddress.rowBits)
  }

  private func extents(_ attribute: Int) -> [Extent] { plain(attribute) { $0.extents } }

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
