import Vocabulary
import Wire

/// What writes have changed of collections since another generation of them was staged, until that one takes it over.
///
/// Every write of whichever generation serves is counted, also while none is staged: one that began before a stage can
/// end within it.
final class StagedChanges: Sendable {
  /// What has changed of an item.
  struct Change: Sendable {
    /// A bit for each attribute of the generation that serves.
    var columns: UInt64 = 0
    /// Whether it was written as a whole, with its vectors.
    var isWhole = false
    /// Whether it was to go.
    var isDeleted = false

    mutating func add(_ other: Change) {
      columns |= other.columns
      isWhole = isWhole || other.isWhole
      isDeleted = isDeleted || other.isDeleted
    }
  }

  private struct Entry {
    var changes: [UInt64: Change] = [:]
    var writes = 0
    var isHeld = false
    var verified: (generation: Generation, content: ItemDigest)?

    var isIdle: Bool { changes.isEmpty && writes == 0 && !isHeld && verified == nil }
  }

  /// Changed items of one collection; with more, writes are refused until the switch.
  static let itemsMax = 1_000_000

  private let state = Lock([String: Entry]())

  private func update<Value: Sendable>(_ name: String, _ change: (inout Entry) -> Value) -> Value {
    state.withLock { entries in
      var entry = entries[name] ?? Entry()
      defer { entries[name] = entry.isIdle ? nil : entry }
      entries[name] = nil
      return change(&entry)
    }
  }

  // MARK: Writes

  /// A write begins.
  ///
  /// - Returns: Whether it may; else it waits, since generations are just being switched.
  func begin(_ name: String) -> Bool {
    update(name) { entry in
      guard !entry.isHeld else { return false }
      entry.writes += 1
      return true
    }
  }

  /// A write has ended.
  func end(_ name: String) { update(name) { $0.writes -= 1 } }

  /// Notes what a write has changed.
  func note(_ name: String, _ ids: some Sequence<UInt64>, _ change: Change) {
    update(name) { entry in for id in ids { entry.changes[id, default: Change()].add(change) } }
  }

  /// Whether there is no room for more changes.
  func isFull(_ name: String) -> Bool { state.withLock { ($0[name]?.changes.count ?? 0) >= Self.itemsMax } }

  // MARK: The switch

  /// Takes out what has changed.
  func take(_ name: String) -> [UInt64: Change] {
    update(name) { entry in
      defer { entry.changes = [:] }
      return entry.changes
    }
  }

  /// Puts back what could not be taken over.
  func put(_ name: String, _ changes: [UInt64: Change]) {
    update(name) { entry in for (id, change) in changes { entry.changes[id, default: Change()].add(change) } }
  }

  /// Lets new writes wait, or go on.
  func hold(_ name: String, _ isHeld: Bool) { update(name) { $0.isHeld = isHeld } }

  /// Whether no write is on its way.
  func isQuiet(_ name: String) -> Bool { state.withLock { $0[name]?.writes ?? 0 } == 0 }

  /// A staged generation holds what was sent to it: it is not compared again once it has taken over changes.
  func noteVerified(_ key: InstanceKey, _ content: ItemDigest) {
    update(key.name) { $0.verified = (key.generation, content) }
  }

  /// Whether a staged generation was compared with these contents.
  func isVerified(_ key: InstanceKey, _ content: ItemDigest) -> Bool {
    state.withLock { $0[key.name]?.verified.map { $0 == (key.generation, content) } ?? false }
  }

  /// No generation is staged any more, or a new one is.
  func forget(_ name: String) { update(name) { ($0.changes, $0.verified) = ([:], nil) } }
}
