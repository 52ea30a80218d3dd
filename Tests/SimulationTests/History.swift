import Support
import Transport
import Vocabulary
import WinnowClient
import Wire

/// What the clients of a simulation have written and been told, and what the cluster may therefore answer.
///
/// One worker writes an item, one write at a time. A write that may have happened stays in doubt: it may still happen.
final class History: Sendable {
  enum Content: Hashable, Sendable {
    case absent
    case present(revision: Int)
  }

  /// What is known of one item.
  struct Knowledge: Sendable {
    /// What the last write left that was answered, and the version that it got.
    var content = Content.absent
    var version: UInt64 = 0
    /// Writes that may or may not have happened, or may still.
    var doubts: [Content] = []
    var inFlight: Content?
    /// All writes that were begun.
    var begun: [Content] = []
    /// The revision of each version that was acknowledged.
    var revisions: [UInt64: Int] = [:]
    /// The shard that had it has lost its data: nothing is known.
    var isLost = false
    /// That happened while the present write was in flight: what is answered to it may be lost.
    var isLostInFlight = false

    /// Whether a read now has one right answer.
    var isCertain: Bool { doubts.isEmpty && inFlight == nil && !isLost }
  }

  private struct State {
    var items: [UInt64: Knowledge] = [:]
    var lastRevision = 0
    /// The first answer to every write, by its bytes, and how often data had been lost when it was sent.
    var answers: [[UInt8]: WriteResponse] = [:]
    var losses: [[UInt8]: Int] = [:]
    var lossCount = 0
    var lastEpoch = Epoch(0)
    var violations: [String] = []
    var counts: [String: Int] = [:]
  }

  private let state: Lock<State>
  private let world: World

  init(_ ids: [UInt64], _ world: World) {
    self.world = world
    state = Lock(State(items: Dictionary(uniqueKeysWithValues: ids.map { ($0, Knowledge()) })))
  }

  /// What was found wrong.
  var violations: [String] { state.withLock { $0.violations } }

  /// How often something happened, to show that a run was not idle.
  var counts: [String: Int] { state.withLock { $0.counts } }

  func violated(_ text: String) {
    world.note(text)
    let now = world.now.nanoseconds / 1000
    state.withLock { $0.violations.append("\(now) µs: \(text)") }
  }

  func count(_ what: String) {
    world.note(what)
    state.withLock { $0.counts[what, default: 0] += 1 }
  }

  /// What is known now of all items.
  var view: [UInt64: Knowledge] { state.withLock { $0.items } }

  func knowledge(of id: UInt64) -> Knowledge { state.withLock { $0.items[id] ?? Knowledge() } }

  /// The newest epoch that was seen.
  var epoch: Epoch { state.withLock { $0.lastEpoch } }

  /// A newer map was in force when this was asked than the one that the answer names.
  func check(_ epoch: Epoch, since earlier: Epoch) {
    if epoch < earlier { violated("epoch \(epoch.rawValue) after \(earlier.rawValue)") }
    state.withLock { $0.lastEpoch = max($0.lastEpoch, epoch) }
  }

  // MARK: Loss

  /// A shard has lost all that it had.
  func lost(_ ids: some Sequence<UInt64>) {
    state.withLock { state in
      state.lossCount += 1
      for id in ids {
        state.items[id]?.isLost = true
        state.items[id]?.isLostInFlight = true
        state.items[id]?.version = 0
        state.items[id]?.revisions = [:]
      }
    }
  }

  // MARK: Writes

  /// A number for a revision that nobody has used.
  func nextRevision() -> Int {
    state.withLock { state in
      state.lastRevision += 1
      return state.lastRevision
    }
  }

  func began(_ id: UInt64, _ content: Content) {
    state.withLock { state in
      state.items[id]?.inFlight = content
      state.items[id]?.isLostInFlight = false
      state.items[id]?.begun.append(content)
    }
  }

  /// The write of an item is over.
  ///
  /// - Parameter status: `nil`: nobody said what became of it.
  func ended(
    _ id: UInt64, _ content: Content, _ status: WriteOutcome.Status?, version: UInt64, expecting: ExpectedVersion? = nil
  ) {
    var faults: [String] = []
    state.withLock { state in
      guard var item = state.items[id] else { return }
      let before = item
      item.inFlight = nil
      let isKnown = before.doubts.isEmpty && !before.isLost
      let wasThere = before.content != .absent
      switch status {
      case nil, .unknown: item.doubts.append(content)
      case .notExecuted: break
      case .conflict:
        let mayConflict: Bool =
          switch expecting {
          case nil: false
          case .absent: wasThere || !isKnown
          case .version(let wanted): !wasThere || wanted != before.version || !isKnown
          }
        if !mayConflict { faults.append("a write of \(id) met a conflict that there cannot be: \(before)") }
      case .absent:
        if isKnown, wasThere { faults.append("\(id) was there and a delete found nothing: \(before)") }
        item.content = .absent
      case .inserted, .replaced, .deleted:
        if isKnown, (status == .inserted) == wasThere { faults.append("\(id): \(status as Any) after \(before)") }
        if isKnown, let expecting, expecting != (wasThere ? .version(before.version) : .absent) {
          faults.append("\(id) was written against the condition \(expecting): \(before)")
        }
        if version <= before.version { faults.append("\(id): version \(version) after \(before.version)") }
        item.content = content
        guard !item.isLostInFlight else { break }
        item.version = version
        if case .present(let revision) = content { item.revisions[version] = revision }
        item.isLost = false
      }
      state.items[id] = item
    }
    for fault in faults { violated(fault) }
  }

  /// Nothing that was sent so far can still happen: a read has shown what there is.
  func resolved(_ id: UInt64, _ content: Content, version: UInt64) {
    state.withLock { state in
      state.items[id]?.doubts = []
      state.items[id]?.isLost = false
      state.items[id]?.content = content
      if version > 0 { state.items[id]?.version = version }
    }
  }

  // MARK: The same write again

  func sent(_ request: OutboundRequest) {
    state.withLock { state in
      let key = request.body.bytes
      if state.losses[key] == nil { state.losses[key] = state.lossCount }
    }
  }

  /// A write was answered, perhaps not for the first time: what an answer says of an item stays.
  func answered(_ request: OutboundRequest, _ reply: ReplyMessage) {
    guard let answer = try? WriteResponse(body: Array(reply.body), version: request.body.version) else {
      return violated("a write's answer is broken")
    }
    let key = request.body.bytes
    let earlier = state.withLock { state -> WriteResponse? in
      guard state.losses[key] == state.lossCount else { return nil }
      defer { state.answers[key] = Self.merged(state.answers[key], answer) }
      return state.answers[key]
    }
    guard let earlier else { return }
    count("answer again")
    for index in answer.statuses.indices where Self.isSettled(answer, index) && Self.isSettled(earlier, index) {
      guard answer.statuses[index] != earlier.statuses[index] || answer.versions[index] != earlier.versions[index]
      else {
        continue
      }
      violated(
        "the same write was answered \(earlier.statuses[index]) \(earlier.versions[index]), then "
          + "\(answer.statuses[index]) \(answer.versions[index])")
    }
  }

  private static func isSettled(_ answer: WriteResponse, _ index: Int) -> Bool {
    answer.statuses[index] != .notExecuted && answer.statuses[index] != .unknown
  }

  private static func merged(_ earlier: WriteResponse?, _ answer: WriteResponse) -> WriteResponse {
    guard var merged = earlier else { return answer }
    for index in answer.statuses.indices where !isSettled(merged, index) {
      (merged.statuses[index], merged.versions[index]) = (answer.statuses[index], answer.versions[index])
    }
    return merged
  }
}
