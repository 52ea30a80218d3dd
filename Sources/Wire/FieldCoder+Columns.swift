import Placement

extension FieldCoder {
  /// Item ids behind a u32 count.
  mutating func ids(_ name: String, _ ids: inout [UInt64], least: Int = 0, limit: Int) throws(Failure) {
    try field(
      name, &ids, read: { (reader) throws(WireError) in try reader.ids(least: least, limit: limit) },
      write: { $1.write(ids: $0) }, show: { $1.put(name, FieldValue(list: $0)) })
  }

  /// Strictly ascending item ids behind a u32 count.
  mutating func ascendingIDs(_ name: String, _ ids: inout [UInt64], limit: Int) throws(Failure) {
    try field(
      name, &ids, read: { (reader) throws(WireError) in try reader.ascendingIDs(limit: limit) },
      write: { $1.write(ids: $0) }, show: { $1.put(name, FieldValue(list: $0)) })
  }

  /// Numbers one after another, `[count]`.
  mutating func column<T: WireInteger>(_ name: String, _ values: inout [T], count: Int) throws(Failure) {
    try field(
      name, &values, read: { (reader) throws(WireError) in try reader.array(count: count) },
      write: { $1.write(array: $0) }, show: { $1.put(name, FieldValue(list: $0)) })
  }

  /// Numbers one after another, `[count]`, the first of which that breaks a rule is refused with it.
  mutating func column<T: WireInteger>(
    _ name: String, _ values: inout [T], count: Int, _ rule: (_ values: [T], _ place: Int) -> String?
  ) throws(Failure) {
    try field(
      name, &values, read: { (reader) throws(WireError) in try reader.array(count: count, rule) },
      write: { $1.write(array: $0) }, show: { $1.put(name, FieldValue(list: $0)) })
  }

  /// Item ids one after another, `[count]`, none twice.
  mutating func distinctIDs(_ name: String, _ ids: inout [UInt64], count: Int) throws(Failure) {
    try field(
      name, &ids,
      read: { (reader) throws(WireError) in
        let at = reader.offset
        let ids: [UInt64] = try reader.array(count: count)
        var seen = Set<UInt64>(minimumCapacity: count)
        for (place, id) in ids.enumerated() where !seen.insert(id).inserted {
          throw WireError(.duplicateField, fieldOffset: at + 8 * place, message: "an id stands once in an update")
        }
        return ids
      }, write: { $1.write(array: $0) }, show: { $1.put(name, FieldValue(list: $0)) })
  }

  /// A set of at least one slot, as the bits of 64 words.
  mutating func slots(_ name: String, _ slots: inout SlotSet) throws(Failure) {
    try field(
      name, &slots, read: { (reader) throws(WireError) in try reader.slots() }, write: { $1.write($0) },
      show: { $1.put(name, FieldValue(list: $0.words)) })
  }

  /// Float32 values one after another, `[count]`, all finite unless any bit pattern is allowed.
  mutating func column(
    _ name: String, _ values: inout [Float], count: Int, isFinite: Bool = true
  ) throws(Failure) {
    try field(
      name, &values,
      read: { (reader) throws(WireError) in isFinite ? try reader.finiteFloats(count) : try reader.floats(count) },
      write: { $1.write(floats: $0) }, show: { $1.put(name, FieldValue(list: $0)) })
  }

  /// Vectors row by row, `[rows, dimension]`, each finite and of a norm that retrieval can bear.
  mutating func vectors(_ name: String, _ values: inout [Float], rows: Int, dimension: Int) throws(Failure) {
    try field(
      name, &values, read: { (reader) throws(WireError) in try reader.vectors(rows: rows, dimension: dimension) },
      write: { $1.write(floats: $0) }, show: { $1.put(name, FieldValue(list: $0)) })
  }

  /// A vector behind its u16 dimension, `[d]`; empty if d is 0 and that is allowed.
  mutating func vector(_ name: String, _ values: inout [Float], orEmpty: Bool = false) throws(Failure) {
    try field(
      name, &values, read: { (reader) throws(WireError) in try reader.vector(orEmpty: orEmpty) },
      write: { $1.write(vector: $0) }, show: { $1.put(name, FieldValue(list: $0)) })
  }
}
