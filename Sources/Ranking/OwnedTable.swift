/// What all shoppers of a user table have had: tensors `owned.…` of `users.safetensors`.
struct OwnedTable: Sendable {
  private static let (endName, itemName) = ("owned.end", "owned.item")
  private static let (countName, dayName, levelName) = ("owned.count", "owned.day", "owned.level")
  static let names = [endName, itemName, countName, dayName, levelName]

  /// Where the items of each row end, `[n]`.
  private let ends: [UInt64]
  private let ids: [UInt64]
  private let items: [OwnedItems.Item]

  /// Reads the tensors of `rows` shoppers.
  ///
  /// - Throws: An error that names the tensor.
  init(_ file: SafetensorsFile, rows: Int) throws(ModelError) {
    ends = try file.ids(Self.endName)
    ids = try file.ids(Self.itemName)
    let m = ids.count
    guard ends.count == rows else {
      throw ModelError(file.file, Self.endName, .wrongShape, "\(ends.count) ends for \(rows) users")
    }
    guard ends.last ?? 0 == UInt64(m), zip(ends, ends.dropFirst()).allSatisfy({ $0 <= $1 }) else {
      throw ModelError(file.file, Self.endName, .outOfRange, "ends rise to the number of items, which is \(m)")
    }
    let (counts, days, levels) = (
      try file.floats(Self.countName, shape: [m]), try file.floats(Self.dayName, shape: [m]),
      try file.floats(Self.levelName, shape: [m])
    )
    guard counts.allSatisfy({ $0 > 0 }) else {
      throw ModelError(file.file, Self.countName, .outOfRange, "a count is above 0")
    }
    items = (0..<m).map { OwnedItems.Item(count: counts[$0], day: days[$0], level: levels[$0]) }
    for row in 0..<rows {
      let ids = ids[range(row)]
      guard zip(ids, ids.dropFirst()).allSatisfy({ $0 < $1 }) else {
        throw ModelError(file.file, Self.itemName, .outOfRange, "the items of a user rise, each once")
      }
    }
  }

  /// The items of a row.
  subscript(row: Int) -> OwnedItems { OwnedItems(ids: Array(ids[range(row)]), items: items[range(row)]) }

  private func range(_ row: Int) -> Range<Int> { Int(row > 0 ? ends[row - 1] : 0)..<Int(ends[row]) }

  /// Writes the tensors of all rows of a table.
  static func write(_ rows: [OwnedItems], to file: inout SafetensorsWriter) {
    var (ends, ids, items) = ([UInt64](), [UInt64](), [OwnedItems.Item]())
    for row in rows {
      ids += row.ids
      items += row.ids.compactMap { row[$0] }
      ends.append(UInt64(ids.count))
    }
    file.add(endName, ends)
    file.add(itemName, ids)
    file.add(countName, items.map(\.count), shape: [items.count])
    file.add(dayName, items.map(\.day), shape: [items.count])
    file.add(levelName, items.map(\.level), shape: [items.count])
  }
}

extension SafetensorsWriter {
  /// Adds what shoppers have had, `[n]`, in the order of their ids' tensor.
  package mutating func add(owned rows: [OwnedItems]) { OwnedTable.write(rows, to: &self) }
}
