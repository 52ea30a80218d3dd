extension AttributeTable {
  /// A table of some of the rows, in that order, with the strings that they need.
  package func keeping(_ rows: [Int]) -> AttributeTable {
    var strings = StringsKept(of: self.strings)
    let columns = columns.map { column in
      let values: Values =
        switch column.values {
        case .int(let values): .int(rows.map { values[$0] })
        case .float(let values): .float(rows.map { values[$0] })
        case .bool(let bits): .bool(Self.bits(bits, keeping: rows))
        case .keyword(let indexes): .keyword(rows.map { column.isPresent($0) ? strings.keep(indexes[$0]) : 0 })
        case .text(let indexes): .text(rows.map { column.isPresent($0) ? strings.keep(indexes[$0]) : 0 })
        case .keywordSet(let ends, let indexes): Self.sets(ends, indexes, keeping: rows, &strings)
        }
      return Column(name: column.name, presence: Self.bits(column.presence, keeping: rows), values: values)
    }
    return AttributeTable(rowCount: rows.count, strings: strings.kept, columns: columns)
  }

  /// The bits of some rows, in that order.
  package static func bits(_ bits: [UInt8], keeping rows: [Int]) -> [UInt8] {
    var kept = [UInt8](repeating: 0, count: (rows.count + 7) / 8)
    for (place, row) in rows.enumerated() { kept[place / 8] |= (bits[row / 8] >> (row % 8) & 1) << (place % 8) }
    return kept
  }

  private static func sets(
    _ ends: [UInt32], _ indexes: [UInt32], keeping rows: [Int], _ strings: inout StringsKept
  ) -> Values {
    var keptEnds: [UInt32] = []
    var kept: [UInt32] = []
    for row in rows {
      let start = row == 0 ? 0 : Int(ends[row - 1])
      for index in indexes[start..<Int(ends[row])] { kept.append(strings.keep(index)) }
      keptEnds.append(UInt32(kept.count))
    }
    return .keywordSet(ends: keptEnds, indexes: kept)
  }
}

/// The strings of a table that some of its rows need, in the order in which the columns name them.
private struct StringsKept {
  private let all: [String]
  private var places: [UInt32?]
  private(set) var kept: [String] = []

  init(of all: [String]) {
    self.all = all
    places = [UInt32?](repeating: nil, count: all.count)
  }

  mutating func keep(_ index: UInt32) -> UInt32 {
    if let place = places[Int(index)] { return place }
    let place = UInt32(kept.count)
    kept.append(all[Int(index)])
    places[Int(index)] = place
    return place
  }
}
