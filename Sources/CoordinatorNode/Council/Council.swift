import Metadata
import Telemetry
import Transport
import Vocabulary
import Wire

/// The coordinators of a cluster as one of them sees them: which live, which has the chair, and the ways to the others.
///
/// The one that has the chair administers; the others hand administration on to it. All answer queries and take writes.
final class Council: Sendable {
  private struct State {
    /// What this coordinator says of itself.
    var own: CoordinatorEntry
    var roster = Roster(coordinators: [], chair: nil)
    /// Until then the chair is this one's, if the roster says so.
    var end = Instant(nanoseconds: 0)
    /// Whether this coordinator has taken over what the one before it in the chair has left.
    var isOpen = false
    /// Whether it serves what the store has, with all models.
    var isReady = false
    /// Whether it answers with what the store had last, since that cannot be asked or went back.
    var servesLast = false
    /// By id, the ways to the others.
    var ways: [UInt64: any ShardCaller] = [:]
    /// What every coordinator has been seen to serve.
    var servedByAll = ServedRevisions()
    /// Why the store could not be asked the last time.
    var fault: MetadataError?
    /// Why the store is known to be older than it was.
    var wentBack: String?
    /// Whether it is being made good.
    var isRecovering = false
  }

  /// The number by which shards know the coordinators of the cluster.
  let claim: UInt64
  let store: any SharedMetadataStore
  private let surroundings: Coordinator.Surroundings
  private let makeWay: @Sendable (String) -> any ShardCaller
  private let bell: Bell
  private let renewal: Gate
  private let state: Lock<State>

  /// A council that one coordinator enters.
  ///
  /// - Parameters:
  ///   - address: Where the others reach it.
  ///   - makeWay: To another coordinator, at `HOST:PORT`.
  init(
    _ store: any SharedMetadataStore, address: String, claim: UInt64, _ surroundings: Coordinator.Surroundings,
    makeWay: @escaping @Sendable (String) -> any ShardCaller
  ) {
    (self.store, self.surroundings, self.makeWay, self.claim) = (store, surroundings, makeWay, claim)
    bell = Bell(timers: surroundings.timers)
    renewal = Gate(width: 1, lineMax: .max, timers: surroundings.timers)
    let id = max(surroundings.random.next(), 1)
    state = Lock(State(own: CoordinatorEntry(id: id, address: address)))
  }

  // MARK: What it knows

  /// Whether the store says that this coordinator has the chair, and still has to say so.
  var holdsChair: Bool {
    let now = surroundings.clock.now()
    return state.withLock { $0.roster.chair == $0.own.id && now < $0.end }
  }

  /// Whether this coordinator administers.
  var isChair: Bool { state.withLock { $0.isOpen } && holdsChair }

  /// Whether it serves all that the store has.
  var isReady: Bool { state.withLock { $0.isReady } }

  /// Why most requests have to go to another coordinator; `nil`: this one answers them.
  var refusal: WireError? {
    guard !state.withLock({ $0.isReady || $0.servesLast }) else { return nil }
    return WireError(
      .shuttingDown, retryAfterMilliseconds: 500, message: "the coordinator has just started: it fetches the models")
  }

  /// The id of this coordinator, all that live, and the id of the chair.
  var view: (own: CoordinatorEntry, roster: Roster) { state.withLock { ($0.own, $0.roster) } }

  /// The coordinators and their store in a line for people.
  var words: String {
    let (view, fault, wentBack) = (view, fault, wentBack)
    let chair = view.roster.coordinators.first { $0.id == view.roster.chair }?.address
    let store = wentBack != nil ? "metadata went back" : fault != nil ? "metadata does not answer" : "metadata answers"
    let count = view.roster.coordinators.count
    return "\(count) coordinator\(count == 1 ? "" : "s"), \(chair.map { "chair \($0)" } ?? "no chair"), \(store)"
  }

  /// Why the store could not be asked; `nil`: it answers.
  var fault: MetadataError? { state.withLock { $0.fault } }

  /// Why nothing is changed until an admin has looked: the store is older than it was.
  var wentBack: String? { state.withLock { $0.wentBack } }

  /// The others that live, the chair first.
  var others: [(address: String, way: any ShardCaller)] {
    state.withLock { state in
      state.roster.coordinators.filter { $0.id != state.own.id }
        .sorted { ($0.id == state.roster.chair ? 0 : 1, $0.id) < ($1.id == state.roster.chair ? 0 : 1, $1.id) }
        .compactMap { entry in state.ways[entry.id].map { (entry.address, $0) } }
    }
  }

  // MARK: What it says

  /// This coordinator serves a state of the map, or of the catalogue.
  func serves(map: UInt64? = nil, catalogue: UInt64? = nil) {
    state.withLock { state in
      state.own.served.map = max(state.own.served.map, map ?? 0)
      state.own.served.catalogue = max(state.own.served.catalogue, catalogue ?? 0)
    }
    bell.ring()
  }

  /// This coordinator serves all that the store has: it can take the chair.
  func becomeReady() {
    state.withLock { $0.isReady = true }
    bell.ring()
  }

  /// The store says nothing that counts: this coordinator, which has just started, answers with what that had last. It
  /// does not take the chair unless an admin has the store made good.
  func serveLast() {
    let isNews = state.withLock { state in
      defer { state.servesLast = true }
      return !state.isReady && !state.servesLast
    }
    if isNews { surroundings.log?(.warning, "queries are answered with what the metadata store had last") }
  }

  /// A shard, or the store itself, shows that the store has been put back to an older state.
  func note(wentBack reason: String) {
    let isNews = state.withLock { state in
      defer { state.wentBack = reason }
      return state.wentBack == nil
    }
    guard isNews else { return }
    surroundings.log?(
      .error, "the metadata store went back to an older state: nothing is administered until an admin has looked",
      ["reason": .text(reason), "hint": "see 'Metadata went back' in cluster/operators.md; 'winnow cluster recover'"])
  }

  /// Makes good a store that went back, since an admin has decided that what it has now counts.
  ///
  /// - Throws: What `body` throws, METADATA_UNAVAILABLE; then it counts as one that went back still.
  func recover(_ body: () async throws(WireError) -> Void) async throws(WireError) {
    let isBegun = state.withLock { state in
      guard !state.isRecovering else { return false }
      (state.isRecovering, state.fault) = (true, nil)
      // Who has the chair, and what is served, was said of the state before.
      (state.roster, state.isOpen) = (Roster(coordinators: [], chair: nil), false)
      (state.own.served, state.servedByAll) = (ServedRevisions(), ServedRevisions())
      return true
    }
    guard isBegun else {
      throw WireError(.metadataUnavailable, retryAfterMilliseconds: 1000, message: "it is recovered at this moment")
    }
    defer {
      state.withLock { $0.isRecovering = false }
      bell.ring()
    }
    store.acceptThatItWentBack()
    try await body()
    state.withLock { $0.wentBack = nil }
  }

  /// Asks the coordinator that has the chair to make the store good.
  ///
  /// - Throws: METADATA_UNAVAILABLE, METADATA_WENT_BACK, the chair's refusals.
  func askChairToRecover(by deadline: Instant) async throws(WireError) {
    guard let wayToChair else { throw .noChair(fault?.text) }
    let body: ArraySlice<UInt8>
    do throws(CallError) {
      body = try await wayToChair.call(
        OutboundRequest(MetadataRequest.opcode, body: MetadataRequest(.recover).body, deadline: deadline)
      ).message.body
    } catch { throw .handedOn(error) }
    let answer = try MetadataResponse(body: body)
    guard answer.state == .answers else { throw WireError(.metadataWentBack, message: answer.fault) }
  }

  // MARK: Living

  /// Says that it lives, again and again, until the task is cancelled.
  ///
  /// - Parameter takeOver: Takes over what the coordinator that had the chair before has left; it administers then.
  func run(_ takeOver: @Sendable () async throws(WireError) -> Void) async {
    while !Task.isCancelled {
      await renew()
      if holdsChair, !state.withLock({ $0.isOpen || $0.isRecovering }) {
        do throws(WireError) {
          try await takeOver()
          state.withLock { $0.isOpen = true }
          surroundings.log?(.info, "this coordinator has the chair")
        } catch {
          surroundings.log?.limited(
            by: "take over", .warning, "the chair cannot be taken yet", ["reason": .text(error.message)])
        }
      }
      await bell.wait(until: surroundings.later(RosterTimes.renewalMicroseconds))
    }
  }

  /// Leaves: its chair is free at once.
  func close() async {
    state.withLock { ($0.isOpen, $0.end) = (false, Instant(nanoseconds: 0)) }
    await store.leave()
    for way in state.withLock({ $0.ways.values }) { await way.stop() }
  }

  /// Says that it lives, and learns who else does.
  func renew() async {
    do throws(WireError) {
      try await renewal.run(by: surroundings.later(RosterTimes.ownMicroseconds)) { await renewInTurn() }
    } catch {}
  }

  private func renewInTurn() async {
    let (own, stands) = state.withLock { state in
      var own = state.own
      // It takes nothing until an admin has looked.
      if state.wentBack != nil { own.served = ServedRevisions() }
      let stands = state.isRecovering ? state.isReady || state.servesLast : state.isReady && state.wentBack == nil
      return (own, stands)
    }
    let end = surroundings.later(RosterTimes.ownMicroseconds)
    do throws(MetadataError) {
      let roster = try await store.present(own, standsForChair: stands)
      state.withLock { state in
        (state.roster, state.fault, state.end) = (roster, nil, end)
        if roster.chair != own.id { state.isOpen = false }
      }
      await meet(roster, own.id)
    } catch {
      if case .wentBack = error { note(wentBack: error.text) }
      surroundings.log?.limited(
        by: "metadata", every: 10_000_000, .warning, "the metadata store does not answer",
        ["reason": .text(error.text)])
      let now = surroundings.clock.now()
      state.withLock { state in
        state.fault = error
        if now >= state.end { state.isOpen = false }
      }
    }
  }

  /// Makes ways to coordinators that have come, and ends those to coordinators that have gone.
  private func meet(_ roster: Roster, _ own: UInt64) async {
    let known = state.withLock { Set($0.ways.keys) }
    let living = Set(roster.coordinators.map(\.id))
    for entry in roster.coordinators where entry.id != own && !known.contains(entry.id) {
      let way = makeWay(entry.address)
      await way.start()
      state.withLock { $0.ways[entry.id] = way }
    }
    for id in known.subtracting(living) {
      if let way = state.withLock({ $0.ways.removeValue(forKey: id) }) { await way.stop() }
    }
  }

  // MARK: Agreeing

  /// Waits until every coordinator that lives serves a state of map and catalogue.
  ///
  /// - Throws: METADATA_UNAVAILABLE, indefinite: one of them does not yet.
  func awaitAll(_ wanted: ServedRevisions, by deadline: Instant) async throws(WireError) {
    guard !state.withLock({ $0.servedByAll.covers(wanted) }) else { return }
    while true {
      await renew()
      let (late, fault) = state.withLock { state in
        let late = state.roster.coordinators.first { $0.id != state.own.id && !$0.served.covers(wanted) }
        if late == nil, state.fault == nil { state.servedByAll = wanted }
        return (late, state.fault)
      }
      if late == nil, fault == nil { return }
      guard surroundings.later(Self.lookAgainMicroseconds) < deadline else {
        let reason = late.map { "the coordinator at \($0.address) does not serve it yet" } ?? fault?.text ?? ""
        throw WireError(
          .metadataUnavailable, errorClass: [.retriable, .indefinite, .backoff], retryAfterMilliseconds: 1000,
          message: "the change is made, but \(reason)")
      }
      await surroundings.sleep(Self.lookAgainMicroseconds, until: deadline)
    }
  }

  private static let lookAgainMicroseconds: UInt64 = 10_000

  /// `nil`: this coordinator has the chair, or none that can be reached.
  private var wayToChair: (any ShardCaller)? {
    state.withLock { state in state.roster.chair.flatMap { $0 == state.own.id ? nil : state.ways[$0] } }
  }

  /// Hands a request on to the coordinator that has the chair, as it came; its answer is the answer.
  func handOn(_ request: InboundRequest) async -> Outcome {
    if let wentBack { return .failure(WireError(.metadataWentBack, message: wentBack)) }
    guard let wayToChair else { return .failure(.noChair(fault?.text)) }
    let outbound = OutboundRequest(
      request.opcode, body: MessageBody(Array(request.body), version: request.bodyVersion), deadline: request.deadline,
      isRetry: request.isRetry)
    do throws(CallError) {
      let reply = try await wayToChair.call(outbound)
      return .reply(MessageBody(Array(reply.message.body), version: request.bodyVersion))
    } catch { return .failure(.handedOn(error)) }
  }
}

extension WireError {
  /// A coordinator without the chair was asked for something that only the chair does; nothing was done.
  static let onlyTheChair = WireError(
    .metadataUnavailable, retryAfterMilliseconds: 500, message: "another coordinator has the chair: ask again")

  var isOnlyTheChair: Bool { code == Self.onlyTheChair.code && message == Self.onlyTheChair.message }

  /// There is no chair to hand a request on to.
  static func noChair(_ reason: String?) -> WireError {
    WireError(
      .metadataUnavailable, retryAfterMilliseconds: 1000,
      message: "no coordinator has the chair at the moment" + (reason.map { ": \($0)" } ?? ""))
  }

  /// The chair's refusal, or that it did not answer.
  fileprivate static func handedOn(_ error: CallError) -> WireError {
    switch error {
    case .refused(let refusal), .invalid(let refusal): return refusal
    case .deadlineExceeded: return WireError(.deadlineExceeded, message: "the chair did not answer in time")
    case .cancelled: return WireError(.cancelled)
    case .queueFull, .unreachable, .connectionLost(_, notExecuted: true): return noChair("it cannot be reached")
    case .connectionLost(_, notExecuted: false):
      return WireError(
        .metadataUnavailable, errorClass: [.retriable, .indefinite, .backoff], retryAfterMilliseconds: 1000,
        message: "the chair was lost before it answered")
    }
  }
}
