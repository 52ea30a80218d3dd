import Bytes
package import Metadata
import Vocabulary

/// What some writers did to one value of a store at the same time, and whether one order explains it.
///
/// Each writer reads, then changes what it saw. As every change names the state that it was made over, an order exists
/// exactly if no two changes were made over the same state, no change is seen that was not made, and no reader is shown
/// a state older than one that was shown before it asked.
package final class MetadataHistory: Sendable {
  private struct Record {
    let start: Int
    let end: Int
    /// The state that the store showed.
    let shown: MetadataValue?
    /// The change that was made, or was not.
    var change: MetadataChange?
    var isMade = false
  }

  private struct State {
    var tick = 0
    var records: [Record] = []
    var undecided = 0
  }

  private let state = Lock(State())

  package init() {}

  /// Changes that were made, and answers that did not say.
  package var counts: (made: Int, undecided: Int) {
    state.withLock { state in (state.records.count { $0.isMade }, state.undecided) }
  }

  private func tick() -> Int {
    state.withLock { state in
      state.tick += 1
      return state.tick
    }
  }

  private func record(_ start: Int, _ shown: MetadataValue?, _ change: MetadataChange? = nil, isMade: Bool = false) {
    let end = tick()
    state.withLock {
      $0.records.append(Record(start: start, end: end, shown: shown, change: change, isMade: isMade))
    }
  }

  /// One writer: so many times it reads the value and tries to change it.
  ///
  /// - Parameter pause: Waits before the store is asked again.
  package func write(to store: any MetadataStore, steps: Int, seed: UInt64, pause: () async -> Void) async throws {
    var random = SeededRandom(seed: seed)
    for _ in 0..<steps {
      let seen = try await read(store, pause: pause)
      var writer = ByteWriter()
      let number = random.next()
      writer.write(number)
      let change = MetadataChange(.shardMap, writer.bytes, expected: seen?.revision, writer: seed, number: number)
      let start = tick()
      var attempt = 1
      while let outcome = await outcome(of: change, at: store, attempt) {
        switch outcome {
        case .made(let value): record(start, value, change, isMade: true)
        case .notMade(let found): record(start, found, change)
        case .askAgain:
          attempt += 1
          await pause()
          continue
        }
        break
      }
    }
  }

  private enum Outcome {
    case made(MetadataValue)
    case notMade(MetadataValue?)
    case askAgain
  }

  /// What the store says of a change; `nil` if it never says what became of it.
  private func outcome(of change: MetadataChange, at store: any MetadataStore, _ attempt: Int) async -> Outcome? {
    do throws(MetadataError) { return .made(try await store.compareAndSet(change)) } catch {
      switch error {
      case .conflict(let found): return .notMade(found)
      case .undecided:
        state.withLock { $0.undecided += 1 }
        return attempt < 500 ? .askAgain : nil
      // An earlier attempt may have been made: only the store can tell.
      case .unavailable, .storage, .wentBack: return attempt == 1 ? .notMade(nil) : attempt < 500 ? .askAgain : nil
      }
    }
  }

  /// Reads until the store answers.
  @discardableResult
  package func read(_ store: any MetadataStore, pause: () async -> Void) async throws -> MetadataValue? {
    for attempt in 1... {
      let start = tick()
      do throws(MetadataError) {
        let value = try await store.get(.shardMap)
        record(start, value)
        return value
      } catch { if attempt == 500 { throw error } }
      await pause()
    }
    return nil
  }

  /// What no order explains; empty if there is one.
  package func faults() -> [String] {
    let records = state.withLock { $0.records }
    var faults: [String] = []
    let made = records.compactMap { $0.isMade ? $0.change : nil }
    var over: [UInt64?: UInt64] = [:]
    for change in made {
      if let other = over.updateValue(change.number, forKey: change.expected) {
        faults.append(
          "changes \(other) and \(change.number) were both made over \(String(describing: change.expected))")
      }
    }
    let madeBytes = Set(made.map(\.bytes))
    var shownAs: [UInt64: [UInt8]] = [:]
    for value in records.compactMap(\.shown) {
      if !madeBytes.contains(value.bytes) { faults.append("\(value) is shown and was never made") }
      if let bytes = shownAs.updateValue(value.bytes, forKey: value.revision), bytes != value.bytes {
        faults.append("revision \(value.revision) is two values")
      }
    }
    for change in made {
      guard let expected = change.expected else { continue }
      if shownAs[expected] == nil { faults.append("change \(change.number) is over \(expected), which nothing shows") }
    }
    // Real time: whoever asks after an answer sees at least what that answer showed.
    let byEnd = records.sorted { $0.end < $1.end }
    for record in records where record.change == nil {
      let before = byEnd.prefix { $0.end < record.start }.compactMap(\.shown?.revision).max() ?? 0
      if record.shown?.revision ?? 0 < before { faults.append("a reader was shown less than revision \(before)") }
    }
    return faults
  }
}
