import Metadata
import Storage
import Support
import Testing

/// Several writers at one value, with faults: one order explains what all of them saw.
@Suite struct MetadataHistoryTests {
  private static func run(_ store: any MetadataStore, seed: UInt64, _ history: MetadataHistory) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer: UInt64 in 0..<4 {
        group.addTask {
          try await history.write(to: store, steps: 12, seed: seed &* 4 &+ writer) { await Task.yield() }
        }
      }
      try await group.waitForAll()
    }
    try await history.read(store) { await Task.yield() }
  }

  @Test func storesInMemoryWithLostAndLateAnswersHaveOneOrder() async throws {
    var (made, undecided) = (0, 0)
    for seed in TestScale.seeds(100, full: 1000) {
      let history = MetadataHistory()
      try await Self.run(MemoryMetadataStore(seed: seed, oneOf: 3), seed: seed, history)
      #expect(history.faults().isEmpty, "\(history.faults().prefix(3)), seed \(seed)")
      made += history.counts.made
      undecided += history.counts.undecided
    }
    #expect(made > 0 && undecided > 0)
    TestScale.tell("\(made) changes made, \(undecided) answers lost")
  }

  @Test func filesOnADiskThatFailsHaveOneOrder() async throws {
    var made = 0
    for seed in TestScale.seeds(100, full: 1000) {
      let disk = MemoryDisk()
      let store = try FileMetadataStore(DataDirectory("/data", on: disk))
      let history = MetadataHistory()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await Self.run(store, seed: seed, history) }
        group.addTask {
          var random = SeededRandom(seed: seed)
          for _ in 0..<8 {
            let call = disk.callCount + Int.random(in: 1...12, using: &random)
            disk.fail(call: call, .init(code: 5, isDone: Bool.random(using: &random)))
            for _ in 0..<Int.random(in: 1...40, using: &random) { await Task.yield() }
          }
        }
        try await group.waitForAll()
      }
      #expect(history.faults().isEmpty, "\(history.faults().prefix(3)), seed \(seed)")
      made += history.counts.made
    }
    #expect(made > 0)
    TestScale.tell("\(made) changes made")
  }

  /// A store that takes an answer that was lost for a change that was not made.
  private final class Careless: MetadataStore {
    private let store: MemoryMetadataStore

    init(_ store: MemoryMetadataStore) { self.store = store }

    func get(_ name: MetadataName) -> MetadataValue? { store.get(name) }

    func compareAndSet(_ change: MetadataChange) throws(MetadataError) -> MetadataValue {
      do throws(MetadataError) { return try store.compareAndSet(change) } catch {
        if case .undecided = error { throw .unavailable("no answer") }
        throw error
      }
    }

    func watch(_ name: MetadataName) -> AsyncStream<MetadataValue> { store.watch(name) }
  }

  @Test func theCheckNoticesAStoreThatGuesses() async throws {
    var noticed = 0
    for seed: UInt64 in 1...20 {
      let history = MetadataHistory()
      try await Self.run(Careless(MemoryMetadataStore(seed: seed, oneOf: 3)), seed: seed, history)
      if !history.faults().isEmpty { noticed += 1 }
    }
    #expect(noticed == 20)
  }
}
