/// Parts of a computation that change, each of which only one thread uses at a time.
@safe struct PartsByThread<Part>: @unchecked Sendable {
  // SAFETY: who makes it sees to it that no two threads of a job use the same part; between jobs all may be read.
  private let parts: [Part]

  init(_ parts: [Part]) { self.parts = parts }

  subscript(index: Int) -> Part { parts[index] }
}
