package import Vocabulary
package import Wire

/// One query's search of all shards as a machine without I/O: first searches below the depth, the proof that no shard
/// can hold a better item, second searches of just those shards that fail it.
///
/// Tell it what happened, then take the actions that follow. A shard that answered as many items as it was asked for
/// holds nothing better than its last one; so the merged candidates are exact when each such shard's last item is not
/// among them, or is the very last of them.
package struct ScatterGather: ~Copyable {
  /// A shard as the query sees it.
  package struct Target: Sendable {
    /// Its id in the map.
    package let shard: ShardID
    /// Slots that it keeps.
    package let slots: Int

    /// A shard and its share.
    package init(shard: ShardID, slots: Int) {
      self.shard = shard
      self.slots = slots
    }
  }

  /// The next action of the shell.
  package enum Action: Sendable, Equatable {
    /// Ask the shard at a position; `after` and `snapshot` as in SEARCH.
    case search(leg: Int, limit: Int, after: Candidate?, snapshot: UInt64)
    /// Call `passed` at this instant if nothing else has happened.
    case wait(until: Instant)
    /// No further event is needed.
    case finish
  }

  struct Leg {
    enum Stage: Equatable {
      case idle
      case first(limit: Int)
      /// Behind what is known, on the state that the first search saw.
      case second(limit: Int, after: Candidate)
      /// Ask again from the first candidate, because the shard's snapshot is gone, or for more of a search by words.
      case afresh(limit: Int)
      case settled
    }

    let target: Target
    var stage = Stage.idle
    var parts: [SearchPart] = []
    /// Why its slots are not covered.
    var cause: MissingCause?
    /// All of what it has was sent.
    var isExhausted = false
    var searches = 0
    /// Of the reply that is there.
    var limit = 0

    var isPending: Bool { stage != .idle && stage != .settled }
    var last: Candidate? { parts.last(where: { !$0.candidates.isEmpty })?.candidates.last }
  }

  /// Second searches of one shard before the query gives up proving; more than one takes writes during the query.
  private static let searchesMax = 6

  /// Candidates wanted of the whole cluster.
  package let depth: Int
  /// The shape that each reply must have.
  package let shape: SearchShape
  private let split: DeadlineSplit
  private let minimumCoverage: UInt32
  /// What is wanted of a search by words; `nil`: it is one by vector.
  private var words: WordGoal?
  /// By which columns the shards have sorted; empty: by the retrieval score.
  private let sort: [SortColumn]
  private var legs: [Leg]
  private var actions: [Action] = []
  private var merged: Merge?
  /// Whether `finish` was said.
  package private(set) var isFinished = false
  /// Second searches so far.
  package private(set) var reasks = 0

  /// A query for the best `depth` items of the cluster.
  package init(
    depth: Int, targets: [Target], shape: SearchShape, split: DeadlineSplit, minimumCoverage: UInt32 = 0,
    words: WordGoal? = nil, sort: [SortColumn] = []
  ) {
    self.depth = depth
    self.words = sort.isEmpty ? words : nil
    self.sort = sort
    self.shape = shape
    self.split = split
    self.minimumCoverage = minimumCoverage
    legs = targets.map { Leg(target: $0) }
  }

  /// Takes what the query has to do now.
  package mutating func takeActions() -> [Action] {
    defer { actions = [] }
    return actions
  }

  // MARK: Events

  /// The query begins.
  package mutating func begin(at now: Instant) {
    let slots = legs.reduce(0) { $0 + $1.target.slots }
    for index in legs.indices {
      let quota =
        !sort.isEmpty
        ? depth : Quota.first(depth: words?.listDepth ?? depth, slots: legs[index].target.slots, of: slots)
      search(index, .first(limit: quota), limit: quota, after: nil, snapshot: 0)
    }
    advance(at: now)
  }

  /// A shard answered the search that it was asked last.
  ///
  /// - Parameter lack: Why the shard that answered does not hold all items of its slots; `nil`: it does.
  package mutating func replied(_ leg: Int, _ response: SearchResponse, lack: MissingCause?, at now: Instant) {
    guard !isFinished, legs[leg].isPending else { return }
    switch legs[leg].stage {
    case .first(let limit): takeFirst(leg, response, limit: limit, lack: lack)
    case .second(let limit, let after): takeSecond(leg, response, limit: limit, after: after, lack: lack)
    case .afresh(let limit): takeFirst(leg, response, limit: limit, lack: lack)
    case .idle, .settled: break
    }
    advance(at: now)
  }

  /// A shard will not answer the search that it was asked last.
  package mutating func failed(_ leg: Int, _ cause: MissingCause, at now: Instant) {
    guard !isFinished, legs[leg].isPending else { return }
    giveUp(leg, cause)
    advance(at: now)
  }

  /// Time has passed.
  package mutating func passed(at now: Instant) {
    guard !isFinished else { return }
    advance(at: now)
  }

  // MARK: Outcome

  /// The replies so far; call it once the query is finished.
  package var outcome: Gathered {
    let coverage = coverage
    let (merge, isProven): (Merge, Bool)
    if let words {
      let found = words.merge(legs, depth: depth)
      (merge, isProven) = (found.merge, found.failures.isEmpty && found.isProven)
    } else {
      merge = merged ?? mergeParts()
      isProven = failures(of: merge).isEmpty
    }
    var gathered = Gathered(
      merge: merge, parts: legs.map(\.parts), coverage: coverage, isExact: coverage.isFull && isProven, reasks: reasks)
    for first in legs.compactMap(\.parts.first?.response) {
      gathered.scanned &+= first.scanned
      gathered.passed &+= first.passed
    }
    return gathered
  }

  private var coverage: Coverage {
    var coverage = Coverage()
    for leg in legs {
      // A leg that never settled did not answer.
      let cause = leg.cause ?? (leg.stage == .settled ? nil : .timedOut)
      coverage.add(leg.target.shard, slots: leg.target.slots, cause: cause, items: leg.parts.first?.response.owned ?? 0)
    }
    return coverage
  }

  // MARK: Inside

  private func mergeParts() -> Merge {
    sort.isEmpty
      ? Merge(legs.map { $0.parts.map(\.candidates) }, limit: depth)
      : Merge(legs.map(\.parts.first), by: sort, limit: depth)
  }

  private mutating func search(
    _ leg: Int, _ stage: Leg.Stage, limit: Int, after: Candidate?, snapshot: UInt64
  ) {
    legs[leg].stage = stage
    legs[leg].searches += 1
    actions.append(.search(leg: leg, limit: limit, after: after, snapshot: snapshot))
  }

  private mutating func takeFirst(_ leg: Int, _ response: SearchResponse, limit: Int, lack: MissingCause?) {
    guard
      var part = SearchPart(
        response, limit: limit, after: nil, shape: shape, hasWords: words != nil, isSorted: !sort.isEmpty)
    else {
      return giveUp(leg, .refused)
    }
    legs[leg].limit = limit
    if legs[leg].searches > 1 { part.phase = .secondSearch }
    legs[leg].parts = [part]
    settle(leg, part, limit: limit)
    if !response.isComplete {
      legs[leg].cause = .partial
    } else if let lack {
      legs[leg].cause = lack
    }
  }

  private mutating func takeSecond(
    _ leg: Int, _ response: SearchResponse, limit: Int, after: Candidate, lack: MissingCause?
  ) {
    guard response.snapshot == legs[leg].parts.first?.response.snapshot else {
      // Two snapshots do not make one answer: the coordinator asks this shard again for all its candidates.
      return search(leg, .afresh(limit: depth), limit: depth, after: nil, snapshot: 0)
    }
    guard var part = SearchPart(response, limit: limit, after: after, shape: shape) else {
      return giveUp(leg, .refused)
    }
    part.phase = .secondSearch
    legs[leg].parts.append(part)
    settle(leg, part, limit: limit)
    if !response.isComplete {
      legs[leg].cause = .partial
    } else if let lack, legs[leg].cause == nil {
      // It restarted in between, and counts its states from 1 again.
      legs[leg].cause = lack
    }
  }

  private mutating func settle(_ leg: Int, _ part: SearchPart, limit: Int) {
    legs[leg].stage = .settled
    legs[leg].isExhausted = part.response.isComplete && part.candidates.count < limit
    merged = nil
  }

  /// Gives a shard up: its replies so far still count, but it no longer answers in full.
  private mutating func giveUp(_ leg: Int, _ cause: MissingCause) {
    legs[leg].stage = .settled
    if legs[leg].parts.isEmpty {
      legs[leg].cause = cause
    } else {
      legs[leg].cause = legs[leg].cause ?? (cause == .timedOut ? .partial : cause)
    }
  }

  private mutating func advance(at now: Instant) {
    guard !isFinished else { return }
    if now >= split.gatherEnd {
      for leg in legs.indices where legs[leg].isPending { giveUp(leg, .timedOut) }
      return finish()
    }
    let reachable = legs.reduce(0) { $0 + ($1.cause == nil ? $1.target.slots : 0) }
    guard Coverage.partsPerMillion(reachable) >= minimumCoverage else { return finish() }
    let awaitsFirst = legs.contains { if case .first = $0.stage { true } else { false } }
    if !awaitsFirst || now >= split.proofStart { askAgain() }
    guard legs.contains(where: \.isPending) else { return finish() }
    actions.append(.wait(until: awaitsFirst && now < split.proofStart ? split.proofStart : split.gatherEnd))
  }

  private mutating func askAgain() {
    if words != nil { return askForMoreWords() }
    let merge = mergeParts()
    merged = merge
    for (leg, limit) in failures(of: merge) where legs[leg].stage == .settled && legs[leg].cause?.isFinal != true {
      guard legs[leg].searches < Self.searchesMax, let last = legs[leg].last, let first = legs[leg].parts.first else {
        legs[leg].cause = .partial
        continue
      }
      reasks += 1
      search(leg, .second(limit: limit, after: last), limit: limit, after: last, snapshot: first.response.snapshot)
    }
  }

  /// Asks the shards that may hold more of a list; once none does and the k-th candidate is not proven, for longer lists.
  private mutating func askForMoreWords() {
    guard var goal = words else { return }
    var found = goal.merge(legs, depth: depth)
    while found.failures.isEmpty, !found.isProven, goal.lengthenLists() { found = goal.merge(legs, depth: depth) }
    words = goal
    for (leg, room) in found.failures where legs[leg].stage == .settled && legs[leg].cause?.isFinal != true {
      guard legs[leg].searches < Self.searchesMax else {
        legs[leg].cause = .partial
        continue
      }
      reasks += 1
      let limit = min(legs[leg].limit + room, goal.listDepth)
      search(leg, .afresh(limit: limit), limit: limit, after: nil, snapshot: 0)
    }
  }

  /// The shards that may hold better items than the merged ones, and how many of them at most.
  private func failures(of merge: Merge) -> [(leg: Int, limit: Int)] {
    // A shard that sorts by attributes is asked for all that may be among the first.
    guard sort.isEmpty else { return [] }
    return legs.indices.compactMap { leg in
      guard !legs[leg].isExhausted, let last = legs[leg].last else { return nil }
      let room = depth - merge.rank(of: last)
      return room > 0 ? (leg, room) : nil
    }
  }

  private mutating func finish() {
    if words == nil { merged = mergeParts() }
    isFinished = true
    actions.append(.finish)
  }
}

extension MissingCause {
  /// Whether it is of no use to ask the shard again within the query. A shard that lacks items is asked like any other:
  /// what it holds is found.
  fileprivate var isFinal: Bool { ![.restartedEmpty, .older, .displaced].contains(self) }
}
