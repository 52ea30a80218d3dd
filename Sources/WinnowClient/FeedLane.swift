/// One stream of writes of a feeder: what it gathers and whether a batch of it is in flight.
struct FeedLane {
  /// A batch with the number under which it is sent, once or again.
  struct Batch: Sendable {
    let writer: UInt64
    let op: UInt64
    let elements: [Feeder.Element]
  }

  let writer: UInt64
  private(set) var op: UInt64 = 0
  private(set) var elements: [Feeder.Element] = []
  private(set) var byteCount = 0
  var isBusy = false

  init(writer: UInt64) { self.writer = writer }

  mutating func append(_ element: Feeder.Element, byteCount count: Int) {
    elements.append(element)
    byteCount += count
  }

  /// Takes what was gathered as the next batch, which is in flight then; `nil` if there is nothing.
  mutating func takeBatch() -> Batch? {
    guard !elements.isEmpty else { return nil }
    op += 1
    defer {
      elements = []
      byteCount = 0
      isBusy = true
    }
    return Batch(writer: writer, op: op, elements: elements)
  }
}
