import Retrieval
import Vocabulary
import Wire

/// The gate before a shard's memory, and the error that a refused request gets.
struct MemoryLimit: Sendable {
  private let gate: Lock<MemoryGate>?
  private let configuration: ShardNode.Configuration

  init(_ configuration: ShardNode.Configuration) {
    self.configuration = configuration
    gate = configuration.memoryMax.map { Lock(MemoryGate(limit: $0)) }
  }

  /// MEMORY_BUDGET, which names the node, the resource and the limit, for a change that would write `rows` rows; `nil`
  /// if it may write them.
  func refusal(_ growth: MemoryGate.Growth, rows: Int, of state: borrowing ShardState) -> WireError? {
    guard let gate else { return nil }
    let excess = gate.withLock { gate in
      gate.excess(growth, rows: rows) { state.memories().reduce(0) { $0 + $1.memory.totalBytes } }
        .map { (bytes: $0, limit: gate.limit) }
    }
    guard let excess else { return nil }
    let shard = state.shardID
    return WireError(
      .memoryBudget, shard: shard.map { UInt32($0.rawValue) }, retryAfterMilliseconds: 500,
      message:
        "\(Self.place(shard, configuration)): its items take \(Self.text(excess.bytes)) of memory, --memory-max is "
        + "\(Self.text(excess.limit)); deletions pass")
  }

  /// The node in words.
  static func place(_ shard: ShardID?, _ configuration: ShardNode.Configuration) -> String {
    (shard.map { "shard \($0.rawValue)" } ?? "a shard")
      + (configuration.address.isEmpty ? "" : " at \(configuration.address)")
  }

  private static func text(_ bytes: Int) -> String {
    let tenths = bytes / (1 << 20) * 10 + bytes % (1 << 20) * 10 / (1 << 20)
    return "\(tenths / 10).\(tenths % 10) MiB"
  }
}
