package import Metadata
import Vocabulary

/// A store in memory whose answers get lost, and whose changes are then made at once, later or never, as etcd's are.
package final class MemoryMetadataStore: MetadataStore {
  /// Of so many changes, one has each fault.
  package enum Fault: Sendable, CaseIterable {
    /// Made, and the caller does not hear of it.
    case unheard
    /// Made after another call, if nothing was made meanwhile; the caller hears of neither.
    case late
    /// Never made; the caller does not hear of it.
    case dropped
    /// Not made, and the caller hears so.
    case refused
  }

  private struct Entry {
    var value: MetadataValue?
    var changes = LastChanges()
    var late: [MetadataChange] = []
  }

  private struct State {
    var entries: [MetadataName: Entry] = [:]
    var revision: UInt64 = 0
    var random: SeededRandom
  }

  private let oneOf: Int
  private let state: Lock<State>

  /// - Parameter oneOf: Of so many calls about one has a fault.
  package init(seed: UInt64, oneOf: Int) {
    self.oneOf = oneOf
    state = Lock(State(random: SeededRandom(seed: seed)))
  }

  package func get(_ name: MetadataName) -> MetadataValue? {
    state.withLock { state in
      Self.makeLate(name, &state)
      return state.entries[name]?.value
    }
  }

  package func compareAndSet(_ change: MetadataChange) throws(MetadataError) -> MetadataValue {
    try state.withLock { state in outcome(of: change, &state) }.get()
  }

  private func outcome(of change: MetadataChange, _ state: inout State) -> Result<MetadataValue, MetadataError> {
    Self.makeLate(change.name, &state)
    let lost = Result<MetadataValue, MetadataError>.failure(.undecided("the answer was lost"))
    guard Int.random(in: 0..<oneOf, using: &state.random) == 0 else { return Self.make(change, &state) }
    switch Fault.allCases.randomElement(using: &state.random) {
    case .refused: return .failure(.unavailable("there is no leader"))
    case .late: state.entries[change.name, default: Entry()].late.append(change)
    case .unheard: _ = Self.make(change, &state)
    case .dropped, nil: break
    }
    return lost
  }

  package func watch(_ name: MetadataName) -> AsyncStream<MetadataValue> { AsyncStream { $0.finish() } }

  private static func make(_ change: MetadataChange, _ state: inout State) -> Result<MetadataValue, MetadataError> {
    var entry = state.entries[change.name] ?? Entry()
    if entry.changes.contains(change), let value = entry.value { return .success(value) }
    guard entry.value?.revision == change.expected else { return .failure(.conflict(entry.value)) }
    state.revision += 1
    let value = MetadataValue(bytes: change.bytes, revision: state.revision)
    entry.value = value
    entry.changes = entry.changes.adding(change)
    state.entries[change.name] = entry
    return .success(value)
  }

  private static func makeLate(_ name: MetadataName, _ state: inout State) {
    guard Bool.random(using: &state.random), let change = state.entries[name]?.late.popLast() else { return }
    _ = make(change, &state)
  }
}
