import Placement
import Retrieval
import Storage
import Vocabulary
import Wire

/// Reads a checkpoint back into a state.
struct ShardRecovery {
  private let files: ShardFiles
  private let owner: UInt64
  private(set) var segments: CheckpointWriter.Segments = [:]

  init(_ files: ShardFiles, owner: UInt64) { (self.files, self.owner) = (files, owner) }

  /// Brings a new state to that of a checkpoint, before what the log has behind it.
  ///
  /// - Throws: `.damaged`, `.foreign`, `.disk`.
  mutating func read(_ manifest: CheckpointManifest, into state: inout ShardState) throws(StorageError) {
    var blocks: [StateBlock] = []
    let path = files.state(manifest.state.number)
    _ = try SegmentReader.read(
      path, on: files.directory.disk, owner: owner, number: manifest.state.number, expecting: manifest.state.digest
    ) { (payload) throws(StorageError) in
      blocks.append(try Self.decoding(path) { () throws(WireError) in try StateBlock(payload) })
    }
    var map: ShardMapRequest?
    var instances: [InstanceKey: CollectionInstance] = [:]
    var transfers = SlotTransfers()
    var claim: UInt64 = 0
    var key: InstanceKey?
    for block in blocks {
      switch block {
      case .map(let request): map = request
      case .instance(let create, let slotVersions, let stored):
        let new = InstanceKey(name: create.name, generation: create.generation)
        guard instances[new] == nil else { throw Self.unreadable(path) }
        instances[new] = try instance(create.schema, slotVersions, stored)
        segments[new] = stored
        key = new
      case .transfers(let open): transfers = open
      case .claim(let number): claim = number
      case .ledger(let part):
        guard let key else { throw Self.unreadable(path) }
        instances[key]?.ledger.merge(part)
      }
    }
    try Self.decoding(path) { () throws(WireError) in try state.begin(with: map, claim: claim, instances, transfers) }
  }

  private func instance(
    _ schema: CollectionSchema, _ slotVersions: [UInt64], _ segments: [StoredSegment]
  ) throws(StorageError) -> CollectionInstance {
    var instance = CollectionInstance(schema: schema, slotVersions: slotVersions)
    instance.table.reserve(Int(clamping: segments.first?.digest.rows ?? 0))
    for segment in segments {
      let path = files.rows(segment.number)
      _ = try SegmentReader.read(
        path, on: files.directory.disk, owner: owner, number: segment.number, expecting: segment.digest
      ) { (payload) throws(StorageError) in
        try Self.decoding(path) { () throws(WireError) in
          switch try RowBlock(payload) {
          case .stored(let items): try instance.load(items)
          case .removed(let ids): for id in ids { instance.remove(ItemID(id)) }
          }
        }
      }
    }
    instance.changes = .none
    return instance
  }

  /// What is whole by its checksums and still not to be understood is not of this format.
  private static func decoding<Value>(
    _ path: String, _ decode: () throws(WireError) -> Value
  ) throws(StorageError) -> Value {
    do throws(WireError) { return try decode() } catch { throw unreadable(path) }
  }

  private static func unreadable(_ path: String) -> StorageError {
    .damaged(path: path, hint: "it is whole, but not in a format of this version")
  }
}
