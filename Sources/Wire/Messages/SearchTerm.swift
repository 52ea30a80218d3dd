import Vocabulary

/// A term of a search by words, and what it counts (`proto-spec/03-messages/search.md`).
package struct SearchTerm: FieldGroup, Equatable {
  /// 1 to 255 bytes.
  package var term = ""
  /// Above 0, at most 1,000,000.
  package var weight: Float = 0

  package init() {}

  package init(_ term: String, weight: Float) {
    self.term = term
    self.weight = weight
  }

  /// The least bytes of a term in a body: its count, one byte, its weight.
  fileprivate static let leastBytes = 7

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    let at = c.offset
    try c.text("term", &term, limit: Limits.termBytesMax)
    try c.check(!term.isEmpty, at: at, "a term has a byte")
    let weightAt = c.offset
    try c.float("weight", &weight)
    try c.check(
      weight > 0 && weight <= Limits.termWeightMax, at: weightAt,
      "the weight of a term is above 0 and at most 1,000,000")
  }

  /// Terms are the same if their bytes are.
  package static func == (a: SearchTerm, b: SearchTerm) -> Bool {
    a.term.exact == b.term.exact && a.weight == b.weight
  }
}

extension FieldCoder {
  /// Terms behind their u16 count, none twice.
  mutating func terms(_ name: String, _ terms: inout [SearchTerm]) throws(Failure) {
    try field(
      name, &terms,
      read: { (reader) throws(WireError) in
        var terms: [SearchTerm] = []
        var seen: Set<ExactText> = []
        let count = try reader.count(UInt16.self, elementSize: SearchTerm.leastBytes, limit: Limits.termsMax)
        for _ in 0..<count {
          let at = reader.offset
          terms.append(try SearchTerm(from: &reader))
          guard let last = terms.last, seen.insert(last.term.exact).inserted else { throw .twice(at) }
        }
        return terms
      },
      write: { terms, writer in
        writer.write(UInt16(terms.count))
        for term in terms { term.write(to: &writer) }
      },
      show: { terms, sheet in sheet.put(name, .records(terms.map { FieldSheet(of: $0, version: sheet.version) })) })
  }
}
