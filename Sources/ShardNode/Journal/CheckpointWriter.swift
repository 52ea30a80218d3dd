import Bytes
import Placement
import Retrieval
import Storage
import Vocabulary
import Wire

/// Writes cuts as checkpoints: segments of the rows that changed since the one before, and one of everything else.
/// `proto-spec/08-files/shard.md`.
struct CheckpointWriter {
  /// Rows of an instance in segments, the base first, then what changed from one checkpoint to the next.
  typealias Segments = [InstanceKey: [StoredSegment]]
  /// Histories of a collection likewise.
  typealias HistorySegments = ByCollection<[StoredSegment]>

  private let files: ShardFiles
  private let owner: UInt64
  /// The segments of the last checkpoint.
  private var segments: Segments
  private var historySegments: HistorySegments
  private var manifest: CheckpointManifest?
  private var nextNumber: UInt64

  /// With this number of segments an instance is written whole again: a start opens a file for each.
  private static let segmentsMax = 8
  /// The size of a block of vectors, about.
  private static let blockBytes = 512 << 10
  private static let blockRowsMax = 1024
  private static let blockBytesMax = 32 << 20
  private static let ledgerIDsPerBlock = 65_536

  /// - Parameter manifest: The last checkpoint, which has these segments.
  init(
    _ files: ShardFiles, owner: UInt64, after manifest: CheckpointManifest?, _ segments: Segments,
    _ historySegments: HistorySegments
  ) {
    (self.files, self.owner, self.manifest) = (files, owner, manifest)
    (self.segments, self.historySegments) = (segments, historySegments)
    let numbers = [Array(segments.values.joined()), Array(historySegments.values.joined())].joined().map(\.number)
    nextNumber = max(manifest?.state.number ?? 0, numbers.max() ?? 0) + 1
  }

  /// Writes a cut, and frees what only older ones needed, of the log too.
  ///
  /// - Returns: Whether it counts now; if not, there was no room.
  mutating func write(_ cut: ShardCut, releasing log: WriteAheadLog) throws(StorageError) -> Bool {
    var new: Segments = [:]
    var newHistories: HistorySegments = [:]
    let manifest: CheckpointManifest
    do throws(DiskError) {
      for instance in cut.instances {
        new[instance.key] = try write(rowsOf: instance, after: segments[instance.key] ?? [])
      }
      for histories in cut.histories {
        newHistories[histories.name] = try write(histories, after: historySegments[histories.name] ?? [])
      }
      manifest = CheckpointManifest(
        sequence: cut.sequence, state: try write(stateOf: cut, new, newHistories), owner: owner)
    } catch {
      // A file without its final name, or one that no manifest names, is nothing yet.
      guard error.isFull || error.isShortage else { throw .disk(error) }
      do throws(DiskError) { try removeOthers() } catch { throw .disk(error) }
      return false
    }
    // If this fails, the shard cannot know which manifest the disk has: the old files stay, and the process ends.
    _ = try files.manifest.write(manifest.bytes)
    (self.manifest, segments, historySegments) = (manifest, new, newHistories)
    do throws(DiskError) {
      try removeOthers()
      try log.release(through: manifest.sequence)
    } catch { throw .disk(error) }
    return true
  }

  /// Removes the files that the last checkpoint does not need.
  func removeOthers() throws(DiskError) {
    let rows = segments.values.joined().map { files.rows($0.number) }
    let histories = historySegments.values.joined().map { files.histories($0.number) }
    try files.removeAll(but: Set(rows + histories + (manifest.map { [files.state($0.state.number)] } ?? [])))
  }

  private mutating func takeNumber() -> UInt64 {
    defer { nextNumber += 1 }
    return nextNumber
  }

  // MARK: Rows

  private mutating func write(
    rowsOf instance: ShardCut.Instance, after old: [StoredSegment]
  ) throws(DiskError) -> [StoredSegment] {
    guard case .ids(let changed) = instance.changes, let base = old.first else {
      return try [write(allOf: instance)]
    }
    guard !changed.isEmpty else { return old }
    let deltaRows = old.dropFirst().reduce(UInt64(changed.count)) { $0 + $1.digest.rows }
    guard deltaRows * 2 <= base.digest.rows, old.count < Self.segmentsMax else { return try [write(allOf: instance)] }
    var rows: [RowAddress] = []
    var gone = changed
    instance.snapshot.forEachItem { row, id in
      if gone.remove(id.rawValue) != nil { rows.append(row) }
      return true
    }
    return try old + [write(rows, of: instance, gone: gone.sorted())]
  }

  private mutating func write(allOf instance: ShardCut.Instance) throws(DiskError) -> StoredSegment {
    var rows: [RowAddress] = []
    rows.reserveCapacity(instance.snapshot.count)
    instance.snapshot.forEachItem { row, _ in
      rows.append(row)
      return true
    }
    return try write(rows, of: instance, gone: [])
  }

  private mutating func write(
    _ rows: [RowAddress], of instance: ShardCut.Instance, gone: [UInt64]
  ) throws(DiskError) -> StoredSegment {
    let number = takeNumber()
    let disk = files.directory.disk
    var writer = try SegmentWriter(files.rows(number), on: disk, owner: owner, number: number)
    let schema = instance.snapshot.schema
    let rowBytes = 4 * (schema.embeddingDimension + schema.rerankDimension) + 16
    let step = max(1, min(Self.blockRowsMax, Self.blockBytes / rowBytes))
    for start in stride(from: 0, to: rows.count, by: step) {
      try write(rows[start..<min(start + step, rows.count)], of: instance, to: &writer)
    }
    for start in stride(from: 0, to: gone.count, by: Self.ledgerIDsPerBlock) {
      let ids = Array(gone[start..<min(start + Self.ledgerIDsPerBlock, gone.count)])
      try writer.write(RowBlock.removed(ids).bytes, rows: ids.count)
    }
    return StoredSegment(number: number, digest: try writer.finish())
  }

  /// Writes rows as one block, or as several if their texts make it too long.
  private func write(
    _ rows: ArraySlice<RowAddress>, of instance: ShardCut.Instance, to writer: inout SegmentWriter
  ) throws(DiskError) {
    let attributes = Array(instance.snapshot.schema.attributes.indices)
    let items = GetResponse(instance.snapshot, instance.key.generation, Array(rows), attributes: attributes)
    let bytes = RowBlock.stored(items).bytes
    if bytes.count <= Self.blockBytesMax || rows.count == 1 { return try writer.write(bytes, rows: rows.count) }
    let middle = rows.startIndex + rows.count / 2
    try write(rows[..<middle], of: instance, to: &writer)
    try write(rows[middle...], of: instance, to: &writer)
  }

  // MARK: Histories

  private mutating func write(
    _ histories: ShardCut.Histories, after old: [StoredSegment]
  ) throws(DiskError) -> [StoredSegment] {
    guard case .ids(let changed) = histories.changes, let base = old.first else {
      return try [write(histories, only: nil)]
    }
    guard !changed.isEmpty else { return old }
    let deltaRows = old.dropFirst().reduce(UInt64(changed.count)) { $0 + $1.digest.rows }
    guard deltaRows * 2 <= base.digest.rows, old.count < Self.segmentsMax else {
      return try [write(histories, only: nil)]
    }
    return try old + [write(histories, only: changed)]
  }

  /// Writes all histories, or those of some shoppers: one that is gone as a history without events.
  private mutating func write(
    _ histories: ShardCut.Histories, only changed: Set<UInt64>?
  ) throws(DiskError) -> StoredSegment {
    let number = takeNumber()
    var writer = try SegmentWriter(
      files.histories(number), on: files.directory.disk, owner: owner, number: number)
    let gone = (changed ?? []).filter { histories.table[$0] == nil }.sorted()
    for start in stride(from: 0, to: gone.count, by: HistoryPart.historiesMax) {
      let users = gone[start..<min(start + HistoryPart.historiesMax, gone.count)]
      let part = histories.table.part(of: users.map { StoredHistory(user: $0, begun: 0) })
      try writer.write(part.body.bytes, rows: users.count)
    }
    var cursor: HistoryCursor? = HistoryCursor()
    while let start = cursor {
      let (found, next) = histories.table.walk(from: start, in: .all, byteCountMax: Self.blockBytes) {
        changed?.contains($0.user) ?? true
      }
      if !found.isEmpty { try writer.write(histories.table.part(of: found).body.bytes, rows: found.count) }
      cursor = next
    }
    return StoredSegment(number: number, digest: try writer.finish())
  }

  // MARK: State

  private mutating func write(
    stateOf cut: ShardCut, _ segments: Segments, _ histories: HistorySegments
  ) throws(DiskError) -> StoredSegment {
    let number = takeNumber()
    let disk = files.directory.disk
    var writer = try SegmentWriter(files.state(number), on: disk, owner: owner, number: number)
    if let map = cut.map, let shard = cut.shard {
      try writer.write(StateBlock.map(ShardMapRequest(.install(map, as: shard))).bytes, rows: 0)
    }
    if cut.claim > 0 { try writer.write(StateBlock.claim(cut.claim).bytes, rows: 0) }
    if !cut.history.terms.isEmpty { try writer.write(StateBlock.history(cut.history).bytes, rows: 0) }
    if cut.transfers != SlotTransfers() { try writer.write(StateBlock.transfers(cut.transfers).bytes, rows: 0) }
    for instance in cut.instances {
      let create = CollectionCreateRequest(
        generation: instance.key.generation, name: instance.key.name, schema: instance.snapshot.schema)
      let block = StateBlock.instance(
        create, slotVersions: instance.slotVersions, segments: segments[instance.key] ?? [])
      try writer.write(block.bytes, rows: 0)
      for part in instance.ledger.parts(idsMax: Self.ledgerIDsPerBlock) {
        try writer.write(StateBlock.ledger(part).bytes, rows: part.writerCount)
      }
    }
    for part in cut.histories {
      let (name, table) = (part.name, part.table)
      let head = StateBlock.histories(name: name, table.head, segments: histories[name] ?? [])
      try writer.write(head.bytes, rows: 0)
      for forgotten in table.forgotten(in: .all) {
        let block = StateBlock.histories(name: name, forgotten, segments: [])
        try writer.write(block.bytes, rows: forgotten.forgotten.count)
      }
      for part in table.ledger.parts(idsMax: Self.ledgerIDsPerBlock) {
        try writer.write(StateBlock.ledger(part).bytes, rows: part.writerCount)
      }
    }
    return StoredSegment(number: number, digest: try writer.finish())
  }
}
