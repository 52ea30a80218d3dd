import Retrieval
import Vocabulary
import Wire

/// The gate before a shard's memory, and the error that a refused request gets.
struct MemoryLimit {
  private var gate: MemoryGate?
  private let place: NodePlace

  /// - Parameter bytes: Bytes that items may take; `nil`: any number.
  init(_ bytes: Int?, _ place: NodePlace) {
    gate = bytes.map { MemoryGate(limit: $0) }
    self.place = place
  }

  /// Lets rows be written.
  ///
  /// - Throws: MEMORY_BUDGET, which names the node, the resource and the limit.
  mutating func admit(_ rows: WrittenRows, to state: borrowing ShardState) throws(WireError) {
    guard let growth = rows.growth, let limit = gate?.limit else { return }
    guard let excess = gate?.excess(growth, rows: rows.count, measure: { Self.bytes(of: state) }) else { return }
    throw WireError(
      .memoryBudget, shard: state.shard.map { UInt32($0.rawValue) }, retryAfterMilliseconds: 500,
      message:
        "\(place.words(state.shard)): its items take \(Self.text(excess)) of memory, --memory-max is "
        + "\(Self.text(limit)); deletions pass")
  }

  /// Whether new items are refused, as long as they are.
  mutating func isFull(with state: borrowing ShardState) -> Bool {
    guard gate?.isClosed ?? false else { return false }
    return gate?.excess(.unbounded, rows: 0) { Self.bytes(of: state) } != nil
  }

  /// Whether more bytes fit below the limit beside what there is.
  func hasRoom(for bytes: Int, beside state: borrowing ShardState) -> Bool {
    gate.map { Self.bytes(of: state) + bytes <= $0.limit } ?? true
  }

  private static func bytes(of state: borrowing ShardState) -> Int {
    state.memories().reduce(state.historyBytes) { $0 + $1.memory.totalBytes }
  }

  private static func text(_ bytes: Int) -> String {
    let tenths = bytes / (1 << 20) * 10 + bytes % (1 << 20) * 10 / (1 << 20)
    return "\(tenths / 10).\(tenths % 10) MiB"
  }
}
