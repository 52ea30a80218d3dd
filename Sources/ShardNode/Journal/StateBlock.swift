import Bytes
import Vocabulary
import Wire

/// A block of the segment of a checkpoint that holds everything besides rows.
enum StateBlock {
  /// The shard map and the shard's place in it; the first block, if there is a map.
  case map(ShardMapRequest)
  /// A collection instance, with the versions of its slots, `[4096]`, and its segments of rows.
  case instance(CollectionCreateRequest, slotVersions: [UInt64], segments: [StoredSegment])
  /// A part of what the last instance, or the last collection's histories, remember of writers.
  case ledger(WriteLedger)
  /// What is kept of the shoppers of a collection besides histories, and the segments of these; the ledgers behind it
  /// are of its events. Of shoppers who were forgotten there may be more of these blocks, without segments.
  case histories(name: String, HistoryPart, segments: [StoredSegment])
  /// The transfers in which the shard takes part; no block if there are none.
  case transfers(SlotTransfers)
  /// The number of the coordinator whose changes are made; no block if none has come that has one.
  case claim(UInt64)

  /// How far the records of a shard with several members are; no block for one that has always been alone.
  case history(ShardHistory)

  /// The kinds; an instance that is searched by words has one of its own, of a later version of its request's body.
  private enum Kind: UInt8 {
    case map = 1
    case instance = 2
    case ledger = 3
    case transfers = 4
    case claim = 5
    case histories = 6
    case worded = 7
    case history = 8

    /// Of a request in the block.
    var bodyVersion: UInt16 { self == .worded ? 2 : 1 }
  }

  init(_ payload: [UInt8]) throws(WireError) {
    let kind = payload.first.flatMap(Kind.init)
    var reader = BodyReader(payload.dropFirst(), version: kind?.bodyVersion ?? 1)
    switch kind {
    case .map: self = .map(try ShardMapRequest(from: &reader))
    case .instance, .worded:
      let create = try CollectionCreateRequest(from: &reader)
      let versions: [UInt64] = try reader.array(count: Limits.slotCount)
      self = .instance(create, slotVersions: versions, segments: try Self.segments(from: &reader))
    case .histories:
      let name = try reader.name()
      let part = try HistoryPart(from: &reader)
      self = .histories(name: name, part, segments: try Self.segments(from: &reader))
    case .ledger: self = .ledger(try WriteLedger(from: &reader))
    case .transfers: self = .transfers(try SlotTransfers(from: &reader))
    case .claim: self = .claim(try ClaimRecord(from: &reader).claim)
    case .history:
      let position: UInt64 = try reader.integer()
      var terms: [ReplicateRequest.TermStart] = []
      for _ in 0..<(try reader.count(UInt16.self, elementSize: 12, limit: ReplicateRequest.termsMax)) {
        terms.append(try ReplicateRequest.TermStart(from: &reader))
      }
      self = .history(ShardHistory(position: position, terms: terms))
    case nil: throw WireError(.malformedBody)
    }
    try reader.finish()
  }

  private static func segments(from reader: inout BodyReader) throws(WireError) -> [StoredSegment] {
    var segments: [StoredSegment] = []
    for _ in 0..<(try reader.count(UInt32.self, elementSize: StoredSegment.byteCount, limit: Int(UInt32.max))) {
      var bytes = ByteReader(try reader.raw(StoredSegment.byteCount))
      segments.append(try bytes.reading { (bytes) throws(ByteError) in try StoredSegment(from: &bytes) })
    }
    return segments
  }

  private static func write(_ segments: [StoredSegment], to writer: inout BodyWriter) {
    writer.write(UInt32(segments.count))
    for segment in segments {
      var bytes = ByteWriter(reservingCapacity: StoredSegment.byteCount)
      segment.write(to: &bytes)
      writer.write(bytes: bytes.bytes)
    }
  }

  private var kind: Kind {
    switch self {
    case .map: .map
    case .instance(let create, _, _): create.schema.text == nil ? .instance : .worded
    case .histories: .histories
    case .ledger: .ledger
    case .transfers: .transfers
    case .claim: .claim
    case .history: .history
    }
  }

  var bytes: [UInt8] {
    let kind = kind
    var writer = BodyWriter(version: kind.bodyVersion)
    switch self {
    case .map(let request): request.write(to: &writer)
    case .instance(let create, let versions, let segments):
      create.write(to: &writer)
      writer.write(array: versions)
      Self.write(segments, to: &writer)
    case .histories(let name, let part, let segments):
      writer.write(name: name)
      part.write(to: &writer)
      Self.write(segments, to: &writer)
    case .ledger(let ledger): ledger.write(to: &writer)
    case .transfers(let transfers): transfers.write(to: &writer)
    case .claim(let claim): ClaimRecord(claim).write(to: &writer)
    case .history(let history):
      writer.write(history.position)
      writer.write(UInt16(truncatingIfNeeded: history.terms.count))
      for start in history.terms { start.write(to: &writer) }
    }
    return [kind.rawValue] + writer.body.bytes
  }
}
