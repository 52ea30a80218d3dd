import Placement
import Retrieval
import Storage
import Text
import Vocabulary
import Wire

/// Reads a checkpoint back into a state.
struct ShardRecovery {
  private let files: ShardFiles
  private let owner: UInt64
  private(set) var segments: CheckpointWriter.Segments = [:]
  private(set) var historySegments: CheckpointWriter.HistorySegments = [:]

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
    var history = ShardHistory()
    var histories: ByCollection<HistoryTable> = [:]
    var (key, name): (InstanceKey?, String?)
    for block in blocks {
      switch block {
      case .map(let request): map = request
      case .instance(let create, let slotVersions, let stored):
        let new = InstanceKey(name: create.name, generation: create.generation)
        guard instances[new] == nil else { throw Self.unreadable(path) }
        instances[new] = try instance(create.schema, slotVersions, stored, path)
        segments[new] = stored
        (key, name) = (new, nil)
      case .transfers(let open): transfers = open
      case .claim(let number): claim = number
      case .history(let known): history = known
      case .histories(let new, let part, let stored):
        var table = histories[new] ?? HistoryTable(changes: .untracked)
        _ = table.apply(part)
        try read(stored, into: &table)
        histories[new] = table
        historySegments[new, default: []] += stored
        (key, name) = (nil, new)
      case .ledger(let part):
        if let key {
          instances[key]?.ledger.merge(part)
        } else if let name {
          histories[name]?.ledger.merge(part)
        } else {
          throw Self.unreadable(path)
        }
      }
    }
    // Tables are whole now: from here on changes count.
    for name in histories.keys { histories[name]?.changes = .none }
    try Self.decoding(path) { () throws(WireError) in
      try state.begin(with: map, claim: claim, history, instances, histories, transfers)
    }
  }

  private func read(_ segments: [StoredSegment], into table: inout HistoryTable) throws(StorageError) {
    for segment in segments {
      let path = files.histories(segment.number)
      _ = try SegmentReader.read(
        path, on: files.directory.disk, owner: owner, number: segment.number, expecting: segment.digest
      ) { (payload) throws(StorageError) in
        let part = try Self.decoding(path) { () throws(WireError) in try HistoryPart(body: payload) }
        table.load(part.histories)
      }
    }
  }

  private func instance(
    _ schema: CollectionSchema, _ slotVersions: [UInt64], _ segments: [StoredSegment], _ state: String
  ) throws(StorageError) -> CollectionInstance {
    let lexical: LexicalSettings?
    do throws(TextError) { lexical = try LexicalSettings(schema) } catch {
      throw .damaged(path: state, hint: "it is whole, but \(error.text)")
    }
    var instance = CollectionInstance(schema: schema, lexical: lexical, slotVersions: slotVersions)
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
