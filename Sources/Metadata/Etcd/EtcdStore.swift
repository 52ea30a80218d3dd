package import Transport
import Vocabulary

/// Values in etcd, under one prefix, by the JSON gateway of its members.
///
/// A change is a transaction that compares the revision of its key, so an answer that was lost costs nothing: the same
/// change asked again is made once, or finds its number in what is there.
package final class EtcdStore: MetadataStore {
  /// How long a watch may be silent before the value is read: a member that is cut off need not say so.
  private static let pollMicroseconds: UInt64 = 2_000_000

  private struct State {
    /// What was read or written last of each name.
    var known: [MetadataName: (record: EtcdRecord, revision: UInt64)] = [:]
    /// The greatest revision of the whole store that was seen.
    var revisionMax: UInt64 = 0
    /// Whether the coordinator has said that it lives: then only the chair changes something.
    var isSeated = false
    /// Holds the coordinator's keys.
    var lease: UInt64?
  }

  let prefix: String
  private let timers: any LinkExecutor
  let caller: EtcdCaller
  package let remembered: [MetadataName: MetadataValue]?
  private let cache: MetadataCache?
  /// Rings when there is something new to keep.
  private let news: Bell
  private let state: Lock<State>
  private let watchers = Watchers()

  /// A store at some members of etcd.
  ///
  /// - Parameters:
  ///   - members: `HOST:PORT` of each, at least one.
  ///   - user: As which it calls; `nil`: etcd has no users.
  ///   - prefix: The keys' names begin with it and a slash: clusters that share one etcd have different ones.
  ///   - cache: Keeps what the store holds for the next start.
  package init(
    members: [String], prefix: String, user: EtcdUser? = nil, cache: MetadataCache? = nil, network: any Network,
    timers: any LinkExecutor
  ) {
    self.prefix = prefix
    self.timers = timers
    self.cache = cache
    news = Bell(timers: timers)
    let known = cache?.read()
    remembered = known?.mapValues { MetadataValue(bytes: $0.record.value, revision: $0.revision) }
    var state = State()
    state.known = known ?? [:]
    state.revisionMax = state.known.values.map(\.revision).max() ?? 0
    self.state = Lock(state)
    caller = EtcdCaller(members, user: user, network: network, clock: timers.clock)
  }

  package func get(_ name: MetadataName) async throws(MetadataError) -> MetadataValue? {
    let floor = floor(of: name)
    let body: [UInt8]
    do throws(EtcdCaller.Fault) {
      body = try await caller.read("/v3/kv/range", EtcdMessages.range(key(name)))
    } catch { throw .unavailable(error.text) }
    guard let answer = EtcdMessages.rangeAnswer(body) else {
      throw .unavailable("etcd answers a range with something else")
    }
    return try take(name, answer, floor)
  }

  package func compareAndSet(_ change: MetadataChange) async throws(MetadataError) -> MetadataValue {
    let name = change.name
    var before = LastChanges()
    if let expected = change.expected {
      var known = state.withLock { $0.known[name] }
      if known?.revision != expected {
        _ = try await get(name)
        known = state.withLock { $0.known[name] }
      }
      guard let known else { throw .conflict(nil) }
      guard known.revision == expected else { return try overtaken(change, known.record, known.revision) }
      before = known.record.changes
    }
    let record = EtcdRecord(changes: before.adding(change), value: change.bytes)
    let (floor, chair) = (floor(of: name), try chair(for: change))
    let answer: EtcdMessages.KeyAnswer?
    do throws(EtcdCaller.Fault) {
      answer = EtcdMessages.transactionAnswer(
        try await caller.call(
          "/v3/kv/txn", EtcdMessages.compareAndPut(key(name), expected: change.expected, record.bytes, chair: chair)))
    } catch {
      if case .refused(let reason) = error { throw .unavailable(reason) }
      throw .undecided(error.text)
    }
    guard let answer else { throw .undecided("etcd answers a transaction with something else") }
    guard answer.succeeded else {
      guard try take(name, answer, floor) != nil, let found = answer.found, let record = EtcdRecord(bytes: found.bytes)
      else {
        throw .conflict(nil)
      }
      if found.revision == change.expected, chair != nil, !record.changes.contains(change) {
        throw .unavailable("another coordinator has the chair")
      }
      return try overtaken(change, record, found.revision)
    }
    let value = MetadataValue(bytes: change.bytes, revision: answer.revision)
    note(name, record, answer.revision)
    return value
  }

  /// What came of a change over whose revision there is another value: done below it, or never.
  private func overtaken(
    _ change: MetadataChange, _ record: EtcdRecord, _ revision: UInt64
  ) throws(MetadataError) -> MetadataValue {
    let value = MetadataValue(bytes: record.value, revision: revision)
    guard record.changes.contains(change) else { throw .conflict(value) }
    return value
  }

  package func watch(_ name: MetadataName) -> AsyncStream<MetadataValue> {
    let known = state.withLock { $0.known[name] }
    return watchers.add(name, current: known.map { MetadataValue(bytes: $0.record.value, revision: $0.revision) })
  }

  // MARK: Following

  /// Follows all values, for those who watch, until the task is cancelled: each by a stream of changes, and by a read
  /// every two seconds that makes up for a stream which is silent, wrong or late.
  package func run() async {
    await withTaskGroup(of: Void.self) { group in
      if let cache {
        group.addTask {
          while !Task.isCancelled {
            await self.news.wait()
            // What has just been accepted as older is kept once something is known of it.
            let known = self.state.withLock { $0.known }
            if !known.isEmpty { cache.write(known) }
          }
        }
      }
      for name in MetadataName.fixed where name.isOfTheChair {
        group.addTask {
          while !Task.isCancelled {
            _ = try? await self.get(name)
            await self.sleep(Self.pollMicroseconds)
          }
        }
        group.addTask {
          while !Task.isCancelled {
            let request = EtcdMessages.watch(self.key(name), from: self.revision(name) + 1)
            await self.caller.lines("/v3/watch", request) { self.noteWatched(name, $0) }
            await self.sleep(Self.pollMicroseconds / 4)
          }
        }
      }
    }
  }

  private func sleep(_ microseconds: UInt64) async {
    await timers.sleep(until: timers.clock.now().advanced(microseconds: microseconds))
  }

  private func revision(_ name: MetadataName) -> UInt64 {
    state.withLock { $0.known[name]?.revision ?? $0.revisionMax }
  }

  private func noteWatched(_ name: MetadataName, _ line: [UInt8]) {
    guard case .changed(let found)? = EtcdMessages.watchLine(line) else { return }
    if let record = EtcdRecord(bytes: found.bytes) { note(name, record, found.revision) }
  }

  // MARK: The chair

  /// What holds the chair if this coordinator has it; `nil`: a change that any of them may make.
  private func chair(for change: MetadataChange) throws(MetadataError) -> (key: String, lease: UInt64)? {
    let (isSeated, lease) = state.withLock { ($0.isSeated, $0.lease) }
    guard isSeated, change.expected != nil, change.name.isOfTheChair else { return nil }
    guard let lease else { throw .unavailable("this coordinator does not have the chair") }
    return (chairKey, lease)
  }

  var presentLease: UInt64? { state.withLock { $0.lease } }

  func set(lease: UInt64) { state.withLock { ($0.isSeated, $0.lease) = (true, lease) } }

  func takeLease() -> UInt64? {
    state.withLock { state in
      defer { state.lease = nil }
      return state.lease
    }
  }

  package func acceptThatItWentBack() { state.withLock { ($0.known, $0.revisionMax) = ([:], 0) } }

  // MARK: Revisions

  var revisionMax: UInt64 { state.withLock { $0.revisionMax } }

  /// What an answer about a name is not below, unless the store went back.
  private struct Floor {
    /// The greatest revision that was seen, and that of the name.
    let store: UInt64
    let name: UInt64
  }

  private func floor(of name: MetadataName) -> Floor {
    state.withLock { Floor(store: $0.revisionMax, name: $0.known[name]?.revision ?? 0) }
  }

  /// Notes the revision of an answer.
  ///
  /// - Parameter floor: The greatest revision that was seen before the question was asked.
  func note(_ revision: UInt64, _ floor: UInt64) throws(MetadataError) {
    guard revision >= floor || revisionMax < floor else { throw .wentBack(from: floor, to: revision) }
    state.withLock { $0.revisionMax = max($0.revisionMax, revision) }
  }

  /// Takes what an answer says of a key.
  private func take(
    _ name: MetadataName, _ answer: EtcdMessages.KeyAnswer, _ floor: Floor
  ) throws(MetadataError) -> MetadataValue? {
    try note(answer.revision, floor.store)
    // After enough changes since it was put back, the own revision of the store does not tell it.
    let (found, known) = (answer.found?.revision ?? 0, self.floor(of: name).name)
    guard found >= floor.name || known < floor.name else { throw .wentBack(from: floor.name, to: found) }
    guard let found = answer.found else { return nil }
    guard let record = EtcdRecord(bytes: found.bytes) else {
      throw .unavailable("the key \(key(name)) of etcd was not written by Winnow")
    }
    note(name, record, found.revision)
    return MetadataValue(bytes: record.value, revision: found.revision)
  }

  /// Keeps a value if it is the newest, and tells those who wait for it.
  private func note(_ name: MetadataName, _ record: EtcdRecord, _ revision: UInt64) {
    let isNew = state.withLock { state in
      state.revisionMax = max(state.revisionMax, revision)
      guard state.known[name].map({ $0.revision < revision }) ?? true else { return false }
      state.known[name] = (record, revision)
      return true
    }
    guard isNew else { return }
    news.ring()
    watchers.tell(name, MetadataValue(bytes: record.value, revision: revision))
  }

  private func key(_ name: MetadataName) -> String { prefix + "/" + name.rawValue }
}
