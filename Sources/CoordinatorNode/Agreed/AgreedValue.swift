package import Metadata
import Storage
import Telemetry
import Transport
import Vocabulary
package import Wire

/// A value that the cluster agrees on, as this coordinator has it: in memory for requests, and in the store, where each
/// change is made first.
package final class AgreedValue<Value: Equatable & Sendable>: Sendable {
  /// The form in which a store keeps the value.
  package struct Form: Sendable {
    let name: MetadataName
    /// In words for people, such as "the shard map".
    let words: String
    package let decode: @Sendable ([UInt8]) throws(WireError) -> Value
    let encode: @Sendable (Value) -> [UInt8]

    /// A form of these parts; equal values have equal bytes.
    package init(
      name: MetadataName, words: String, decode: @escaping @Sendable ([UInt8]) throws(WireError) -> Value,
      encode: @escaping @Sendable (Value) -> [UInt8]
    ) {
      (self.name, self.words, self.decode, self.encode) = (name, words, decode, encode)
    }
  }

  private struct State {
    var value: Value
    /// In the store; `nil`: it has none yet.
    var revision: UInt64?
    /// A change of which the store has not said what became of it.
    var undecided: MetadataChange?
    /// Shows a new value to requests.
    var publish: @Sendable (Value) -> Void = { _ in }
  }

  /// How long to wait before a store that did not say what it holds is asked again.
  private static var askAgainMicroseconds: UInt64 { 100_000 }
  /// How long changes wait for those before them.
  private static var turnMicrosecondsMax: UInt64 { 60_000_000 }
  /// How often a change is made again over that of a faster writer.
  private static var attemptsMax: Int { 16 }

  private let form: Form
  private let surroundings: Coordinator.Surroundings
  private let patienceMicroseconds: UInt64?
  private let writer: UInt64
  private let turn: Gate
  private let state: Lock<State>

  private var store: any MetadataStore { surroundings.metadata }

  /// What the store holds.
  ///
  /// - Parameters:
  ///   - patienceMicroseconds: How long a store is asked that does not say what became of a change; `nil`: until it does.
  ///   - first: The value of a store that has none.
  /// - Throws: `StartError`; what `first` throws.
  package init(
    _ form: Form, _ surroundings: Coordinator.Surroundings, patienceMicroseconds: UInt64?,
    first: () async throws(StartError) -> (value: Value, revision: UInt64?)
  ) async throws(StartError) {
    (self.form, self.surroundings, self.patienceMicroseconds) = (form, surroundings, patienceMicroseconds)
    writer = surroundings.random.next()
    turn = Gate(width: 1, lineMax: .max, timers: surroundings.timers)
    guard let found = try await surroundings.stored(form.name) else {
      let first = try await first()
      state = Lock(State(value: first.value, revision: first.revision))
      return
    }
    do throws(WireError) {
      state = Lock(State(value: try form.decode(found.bytes), revision: found.revision))
    } catch { throw .unreadable(form.words) }
  }

  /// The newest value.
  package var current: Value { state.withLock { $0.value } }

  /// The store's number for it; 0: the store has none yet.
  var revision: UInt64 { state.withLock { $0.revision ?? 0 } }

  /// Shows this value to requests, and each later one before the next.
  func show(to publish: @escaping @Sendable (Value) -> Void) {
    state.withLock { state in
      state.publish = publish
      publish(state.value)
    }
  }

  /// Shows the value to requests once more.
  func show() { state.withLock { $0.publish($0.value) } }

  /// Changes the value here, and in the store with the next change.
  func adjust<Result>(_ change: (inout Value) -> Result) -> Result { state.withLock { change(&$0.value) } }

  /// Changes the value: in the store, then for requests, before the next change. A change that another writer was faster
  /// than is made again over that of the other.
  ///
  /// - Throws: what `change` throws, METADATA_UNAVAILABLE, METADATA_WENT_BACK, STORAGE_FULL or STORAGE_FAILED; nothing has
  ///   changed then unless the error is indefinite.
  @discardableResult
  package func update<Result: Sendable>(
    _ change: (inout Value) throws(WireError) -> Result
  ) async throws(WireError) -> Result {
    if let council = surroundings.council {
      if let wentBack = council.wentBack { throw WireError(.metadataWentBack, message: wentBack) }
      guard council.holdsChair else { throw .onlyTheChair }
    }
    return try await turn.run(by: surroundings.later(Self.turnMicrosecondsMax)) { () async throws(WireError) in
      if let undecided = state.withLock({ $0.undecided }) { _ = try await isMade(undecided) }
      for _ in 0..<Self.attemptsMax {
        let (old, revision) = state.withLock { ($0.value, $0.revision) }
        var new = old
        let result = try change(&new)
        guard new != old else { return result }
        let change = MetadataChange(
          form.name, form.encode(new), expected: revision, writer: writer, number: surroundings.random.next())
        if try await isMade(change) { return result }
      }
      throw unavailable("other writers were faster")
    }
  }

  /// From now on what the store has, and each later value, is taken for a newer one: the store went back, and an admin
  /// has decided that it counts.
  func forgetRevision() async throws(WireError) {
    let found: MetadataValue?
    do throws(MetadataError) { found = try await store.get(form.name) } catch { throw unavailable(error.text) }
    state.withLock { ($0.revision, $0.undecided) = (found.map { $0.revision &- 1 }, nil) }
  }

  /// Writes this value over what the store has, although the store went back.
  func restore(_ change: (inout Value) -> Void) async throws(WireError) {
    try await turn.run(by: surroundings.later(Self.turnMicrosecondsMax)) { () async throws(WireError) in
      let found: MetadataValue?
      do throws(MetadataError) { found = try await store.get(form.name) } catch { throw unavailable(error.text) }
      var new = current
      change(&new)
      state.withLock { ($0.revision, $0.undecided) = (found?.revision ?? 0, nil) }
      let change = MetadataChange(
        form.name, form.encode(new), expected: found?.revision, writer: writer, number: surroundings.random.next())
      guard try await isMade(change) else { throw unavailable("another writer was faster") }
    }
  }

  /// Takes what another writer has made.
  func take(_ value: MetadataValue) throws(WireError) {
    guard state.withLock({ $0.revision ?? 0 < value.revision }) else { return }
    let new: Value
    do throws(WireError) { new = try form.decode(value.bytes) } catch {
      throw unavailable("it was written by a later version")
    }
    state.withLock { state in
      guard state.revision ?? 0 < value.revision else { return }
      (state.value, state.revision) = (new, value.revision)
      state.publish(new)
    }
  }

  /// Makes a change in the store.
  ///
  /// - Returns: Whether it was made; else another writer was faster, whose value is the newest now.
  private func isMade(_ change: MetadataChange) async throws(WireError) -> Bool {
    let end = patienceMicroseconds.map { surroundings.later($0) }
    while true {
      let failure: MetadataError
      do throws(MetadataError) {
        let value = try await store.compareAndSet(change)
        state.withLock { $0.undecided = nil }
        try? take(value)
        return true
      } catch { failure = error }
      switch failure {
      case .undecided(let reason, let cause):
        surroundings.log?.limited(
          by: "read back", .error, "the store of \(form.words) does not say what it holds", ["reason": .text(reason)])
        state.withLock { $0.undecided = change }
        if end != nil, let cause { throw WireError(cause) }
        if let end, surroundings.later(Self.askAgainMicroseconds) > end {
          throw unavailable("the store does not say whether the change was made", [.retriable, .indefinite, .backoff])
        }
        await surroundings.sleep(Self.askAgainMicroseconds)
      case .conflict(let value):
        state.withLock { $0.undecided = nil }
        guard let value else { throw unavailable("the store has lost it") }
        try take(value)
        return false
      case .unavailable(let reason):
        // Of a change whose fate is open this says nothing.
        guard state.withLock({ $0.undecided == nil }) else {
          throw unavailable(reason, [.retriable, .indefinite, .backoff])
        }
        throw unavailable(reason)
      case .wentBack: throw WireError(.metadataWentBack, message: failure.text)
      case .storage(let error):
        surroundings.log?(.error, "\(form.words) was not written", ["reason": .text(error.text)])
        throw WireError(error)
      }
    }
  }

  private func unavailable(
    _ reason: String, _ errorClass: ErrorClass = [.retriable, .notExecuted, .backoff]
  ) -> WireError {
    surroundings.log?.limited(
      by: "unavailable", .error, "\(form.words) was not written", ["reason": .text(reason)])
    return WireError(
      .metadataUnavailable, errorClass: errorClass, retryAfterMilliseconds: 1000,
      message: "\(form.words) was not written: \(reason)")
  }
}

extension Coordinator.Surroundings {
  /// How often a first value is asked for again if the store does not say what became of it.
  private static var firstAttemptsMax: Int { 10 }

  /// What the store has at the start; while it cannot be asked, or is older than it was, what it had last.
  func stored(_ name: MetadataName) async throws(StartError) -> MetadataValue? {
    do throws(MetadataError) { return try await metadata.get(name) } catch {
      guard let remembered = seat?.store.remembered else { throw .metadata(error) }
      if case .wentBack = error { council?.note(wentBack: error.text) }
      log?(
        .warning, "the coordinator starts from what the metadata store had last",
        ["value": .text(name.rawValue), "reason": .text(error.text)])
      return remembered[name]
    }
  }

  /// Writes a value that the store does not have yet.
  ///
  /// - Returns: what the store holds then: another coordinator that starts at the same time may have been faster.
  @discardableResult
  func write(_ bytes: [UInt8], first name: MetadataName) async throws(StartError) -> MetadataValue {
    let change = MetadataChange(name, bytes, expected: nil, writer: random.next(), number: 0)
    var attempt = 1
    while true {
      let failure: MetadataError
      do throws(MetadataError) { return try await metadata.compareAndSet(change) } catch { failure = error }
      switch failure {
      case .conflict(let value?): return value
      case .undecided where attempt < Self.firstAttemptsMax: attempt += 1
      default: throw .metadata(failure)
      }
      await sleep(100_000)
    }
  }
}
