import Bytes
import Vocabulary
import Wire

/// One stream of writes of a feeder: what it gathers and whether a batch of it is in flight.
///
/// Where a batch ends depends on its elements alone and not on time: the same source gives the same ops again.
struct FeedLane {
  /// The changes of one request: of one kind, of different items.
  struct Part: Sendable {
    let opcode: Opcode
    let elements: [Feeder.Element]
    /// Where the stream is when the part is settled.
    let position: FeedPosition
  }

  /// The last part that was made of the elements.
  private(set) var position: FeedPosition
  /// Up to here an earlier feed of the same source has come.
  let settledBefore: FeedPosition
  private var elements: [Feeder.Element] = []
  private var ids: Set<UInt64> = []
  private(set) var byteCount = 0
  /// Parts of the batch in flight that are still to be sent.
  var waiting: ArraySlice<Part> = []
  var isBusy = false

  init(_ position: FeedPosition) {
    settledBefore = position
    self.position = FeedPosition(writer: position.writer)
  }

  var count: Int { elements.count }

  /// Whether a change of this item is gathered already: the next one has to come later.
  func has(_ element: Feeder.Element) -> Bool { ids.contains(element.change.id.rawValue) }

  mutating func append(_ element: Feeder.Element) {
    elements.append(element)
    ids.insert(element.change.id.rawValue)
    byteCount += element.change.byteCount
  }

  /// Takes what was gathered as the next batch: a part of each kind that there is.
  mutating func takeBatch() -> [Part] {
    var parts: [Part] = []
    for opcode in [Opcode.upsert, .update, .delete] {
      let chosen = elements.filter { $0.change.opcode == opcode }
      guard !chosen.isEmpty else { continue }
      position = FeedPosition(writer: position.writer, op: position.op + 1, check: Self.check(position.check, chosen))
      parts.append(Part(opcode: opcode, elements: chosen, position: position))
    }
    elements.removeAll(keepingCapacity: true)
    ids.removeAll(keepingCapacity: true)
    byteCount = 0
    return parts
  }

  private static func check(_ earlier: UInt32, _ elements: [Feeder.Element]) -> UInt32 {
    var writer = ByteWriter(reservingCapacity: 4 + 12 * elements.count)
    writer.write(earlier)
    for element in elements {
      writer.write(element.change.id.rawValue)
      writer.write(element.check)
    }
    return CRC32C.checksum(writer.bytes)
  }
}
