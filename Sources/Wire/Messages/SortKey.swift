import Vocabulary

/// An attribute by which a list is sorted (`proto-spec/03-messages/rank.md`, version 7).
package struct SortKey: FieldGroup, Hashable {
  /// Which values come first; an item without one comes last in both.
  package enum Direction: UInt8, Sendable, CaseIterable {
    case ascending = 1
    case descending = 2
  }

  package var attribute = ""
  package var direction = Direction.ascending

  package init() {}

  package init(_ attribute: String, _ direction: Direction = .ascending) {
    (self.attribute, self.direction) = (attribute, direction)
  }

  /// The least bytes of one in a body.
  static let leastBytes = 3

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.name("attribute", &attribute)
    try c.integer("direction", &direction, in: 1...2)
  }
}

extension FieldCoder {
  /// Sort keys behind their u16 count, no attribute twice.
  mutating func sort(_ name: String, _ keys: inout [SortKey]) throws(Failure) {
    let at = offset
    try list(name, &keys, leastBytes: SortKey.leastBytes, limit: Limits.sortKeysMax)
    try check(
      Set(keys.map(\.attribute)).count == keys.count, at: at, "a list is sorted by an attribute once",
      or: .duplicateField)
  }

  /// Finite float64 values behind their u16 count.
  mutating func doubles(_ name: String, _ values: inout [Double], limit: Int) throws(Failure) {
    try field(
      name, &values,
      read: { (reader) throws(WireError) in
        var values: [Double] = []
        for _ in 0..<(try reader.count(UInt16.self, elementSize: 8, limit: limit)) {
          values.append(try reader.finiteDouble())
        }
        return values
      },
      write: { values, writer in
        writer.write(UInt16(values.count))
        for value in values { writer.write(value) }
      }, show: { $1.put(name, .list($0.map { .double($0) })) })
  }

  /// A float64, which is finite.
  mutating func double(_ name: String, _ value: inout Double) throws(Failure) {
    try field(
      name, &value, read: { (reader) throws(WireError) in try reader.finiteDouble() }, write: { $1.write($0) },
      show: { $1.put(name, .double($0)) })
  }

  /// Numbers behind their u16 count.
  mutating func numbers<T: WireInteger>(_ name: String, _ values: inout [T], limit: Int) throws(Failure) {
    var count = values.count
    try self.count(&count, elementSize: T.bitWidth / 8, limit: limit)
    try column(name, &values, count: count)
  }
}
