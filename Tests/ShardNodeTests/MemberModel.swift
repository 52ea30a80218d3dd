import Placement
import Support
import Vocabulary
import Wire

@testable import ShardNode

/// The machines of a shard's members with a store, links and disks that fail, in a time of their own: what is
/// acknowledged and what is read is compared with what must be there.
final class MemberModel {
  /// A rule that is left out: the model has to notice.
  enum Sabotage: CaseIterable {
    /// A change is acknowledged before other members have it.
    case earlyAcknowledgement
    /// Who took a member out acknowledges at once.
    case noWait
    /// A member answers whether it may or not.
    case unassuredReads
    /// A lease is much longer than the wait.
    case longLease
    /// Records of an earlier primary are taken.
    case earlierTerm
    /// A primary lets a member answer for longer than it may itself.
    case unboundGrant
    /// A member is in sync again before it has everything.
    case earlyJoin
    /// A member that is not in sync takes over.
    case outsideTakeOver
    /// A member confirms what is not on its disk yet.
    case looseConfirmation
  }

  private struct Record: Equatable {
    let term: UInt32
    let id: Int
  }

  private final class Node {
    let number: UInt64
    var machine: MemberMachine
    var log: [Record] = []
    /// Of the log.
    var ids: Set<Int> = []
    var history = ShardHistory()
    /// Records of the log that a crash leaves.
    var durable = 0
    var isUp = true
    var pausedUntil: UInt64 = 0
    /// Grows with each start: what was sent before means nothing after it.
    var life = 0
    /// Its clock, in thousandths of the model's.
    var rate: UInt64 = 1000
    var pending: [(position: Int, id: Int)] = []
    /// The places that a session of the present term runs to.
    var sessions: [Int: UInt32] = [:]

    init(_ number: UInt64, _ times: MemberMachine.Times) {
      self.number = number
      machine = MemberMachine(node: number, history: ShardHistory(), times: times)
    }
  }

  private struct Event {
    let at: UInt64
    let number: Int
    let body: () -> Void
  }

  private var random: SeededRandom
  private let sabotage: Sabotage?
  private let isSplit: Bool
  private let times: MemberMachine.Times
  private let nodes: [Node]
  private var store: (group: ShardGroup, revision: UInt64)
  private var now: UInt64 = 0
  private var events: [Event] = []
  private var lastEvent = 0
  /// Pairs that hear nothing of each other, until then; the last place is the coordinator.
  private var cuts: [[UInt64]]
  private var storeAwayUntil: UInt64 = 0
  private var isCalm = false
  private var lastID = 0
  /// In their order.
  private var acknowledged: [Int] = []

  private(set) var violations: [String] = []
  private(set) var counts: [String: Int] = [:]

  /// - Parameter isSplit: Nothing goes wrong but one split, with the primary on the side that the store cannot reach.
  init(seed: UInt64, members: Int, sabotage: Sabotage? = nil, isSplit: Bool = false) {
    random = SeededRandom(seed: seed)
    (self.sabotage, self.isSplit) = (sabotage, isSplit)
    var times = MemberMachine.Times()
    if sabotage == .noWait { times.wait = 0 }
    if sabotage == .longLease { times.lease = 6_000_000 }
    self.times = times
    nodes = (0..<members).map { Node(UInt64($0 + 1), times) }
    let all = nodes.map { ShardGroup.Member(node: $0.number, isInSync: true) }
    guard let group = ShardGroup(term: 1, primary: 0, data: Array(repeating: 7, count: 16), members: all) else {
      preconditionFailure("a group")
    }
    store = (group, 1)
    cuts = Array(repeating: Array(repeating: 0, count: members + 1), count: members + 1)
    for place in nodes.indices { nodes[place].rate = 980 + random.next() % 41 }
  }

  private func draw(_ range: ClosedRange<UInt64>) -> UInt64 {
    range.lowerBound + random.next() % (range.upperBound - range.lowerBound + 1)
  }

  private func after(_ microseconds: UInt64, _ body: @escaping () -> Void) {
    lastEvent += 1
    let event = Event(at: now + microseconds, number: lastEvent, body: body)
    var (low, high) = (0, events.count)
    while low < high {
      let middle = (low + high) / 2
      if events[middle].at <= event.at { low = middle + 1 } else { high = middle }
    }
    events.insert(event, at: low)
  }

  private func clock(_ node: Node) -> Instant { Instant(nanoseconds: now * node.rate) }

  private func isWell(_ node: Node) -> Bool { node.isUp && now >= node.pausedUntil }

  private func count(_ what: String) { counts[what, default: 0] += 1 }

  // MARK: Running

  /// Lets things go wrong for a while, then heals all and looks whether all is well.
  func run(faultMicroseconds: UInt64) {
    for place in nodes.indices { poll(place) }
    tick()
    write()
    read()
    if isSplit { after(2_000_000) { [self] in split() } } else { fault() }
    runEvents(until: faultMicroseconds)
    isCalm = true
    (cuts, storeAwayUntil) = (cuts.map { $0.map { _ in 0 } }, 0)
    for node in nodes where !node.isUp { start(node) }
    runEvents(until: now + 15_000_000)
    let before = acknowledged.count
    runEvents(until: now + 1_000_000)
    if acknowledged.count == before { violations.append("no write is acknowledged at the end") }
    if store.group.inSync.count != nodes.count { violations.append("not all are in sync at the end") }
    for (place, node) in nodes.enumerated() { check(node, "at the end member \(place)", acknowledged[...]) }
  }

  private func runEvents(until end: UInt64) {
    while let next = events.first, next.at <= end, violations.count < 5 {
      events.removeFirst()
      now = max(now, next.at)
      next.body()
    }
    now = max(now, end)
  }

  private func check(_ node: Node, _ what: String, _ ids: ArraySlice<Int>) {
    let missing = ids.filter { !node.ids.contains($0) }
    if let first = missing.min() {
      violations.append("\(now): \(what) lacks \(missing.count) writes, from \(first) on")
    }
  }

  // MARK: Messages

  /// Carries a message to a node and its answer back, unless a link is cut or a process is not there.
  private func exchange(
    from: Int, to place: Int, _ work: @escaping (Node) -> Void, then: @escaping () -> Void
  ) {
    let (node, sender) = (nodes[place], from < nodes.count ? nodes[from] : nil)
    let (life, ownLife) = (node.life, sender?.life)
    deliver(from, place) { [self] in
      guard node.isUp, node.life == life else { return }
      let late = node.pausedUntil > now ? node.pausedUntil - now : 0
      after(late) { [self] in
        guard isWell(node), node.life == life else { return }
        work(node)
        deliver(place, from) { [self] in
          if let sender { guard isWell(sender), sender.life == ownLife else { return } }
          then()
        }
      }
    }
  }

  /// A message that meets a cut is lost, or comes once the cut has healed.
  private func deliver(_ from: Int, _ to: Int, _ body: @escaping () -> Void) {
    after(draw(200...4000)) { [self] in
      let end = cuts[from][to]
      guard end > now else { return body() }
      guard random.next() % 2 == 0 else { return }
      after(end - now + draw(200...4000)) { [self] in if cuts[from][to] <= now { body() } }
    }
  }

  // MARK: The coordinator

  private func poll(_ place: Int, echo: UInt64 = 0) {
    var request = GroupRequest()
    (request.place, request.echo) = (UInt8(place), echo)
    let known = store
    (request.group, request.revision) = (known.group, known.revision)
    var reply: GroupResponse?
    var (isAnswered, isLate) = (false, false)
    exchange(from: nodes.count, to: place) { [self] node in
      node.machine.told(request, at: clock(node))
      node.machine.passed(clock(node))
      reply = node.machine.reply(at: clock(node))
    } then: { [self] in
      guard let reply, !isLate else { return }
      isAnswered = true
      guard now >= storeAwayUntil else { return after(100_000) { [self] in poll(place) } }
      if let wrong = wronglyWanted(place) { store = (wrong, store.revision + 1) }
      if let wanted = reply.wanted {
        change(wanted, reply, place)
        after(5000) { [self] in poll(place) }
      } else {
        after(draw(500...3000)) { [self] in
          let read = reply.number
          after(100_000) { [self] in poll(place, echo: read) }
        }
      }
    }
    after(300_000) { [self] in
      guard !isAnswered else { return }
      isLate = true
      poll(place)
    }
  }

  /// A change that only a member wants which leaves a rule out.
  private func wronglyWanted(_ place: Int) -> ShardGroup? {
    guard let outside = store.group.members.indices.first(where: { !store.group.members[$0].isInSync }) else {
      return nil
    }
    switch sabotage {
    case .earlyJoin where place == store.group.primary && nodes[outside].isUp:
      return store.group.joining(outside, node: nodes[outside].number)
    case .outsideTakeOver where place == outside: return store.group.next(primary: place, inSync: [])
    default: return nil
    }
  }

  /// Changes the group by comparing; the answer may be lost, and the change may come late.
  private func change(_ wanted: ShardGroup, _ reply: GroupResponse, _ place: Int) {
    let make = { [self] in
      guard store.revision == reply.expected, wanted.mayFollow(store.group, askedBy: place, node: reply.node) else {
        return
      }
      count(
        wanted.term > store.group.term
          ? "take-over" : wanted.inSync.count < store.group.inSync.count ? "removal" : "join")
      store = (wanted, store.revision + 1)
    }
    switch isCalm ? 0 : random.next() % 12 {
    case 1: after(draw(1000...2_500_000), make)
    case 2: break
    default: make()
    }
  }

  // MARK: Members

  private func tick() {
    for (place, node) in nodes.enumerated() where isWell(node) {
      node.machine.passed(clock(node))
      if let term = node.machine.termToBegin {
        node.history.begin(term)
        append(Record(term: term, id: 0), node)
        node.machine.promoted(term)
      }
      if let term = node.machine.leadingTerm {
        for other in nodes.indices where other != place && node.sessions[other] != term {
          node.sessions[other] = term
          greet(from: place, to: other, term: term)
        }
      } else {
        node.pending = []
        node.sessions = [:]
      }
      acknowledge(node)
    }
    after(10_000) { [self] in tick() }
  }

  private func append(_ record: Record, _ node: Node) {
    node.log.append(record)
    node.ids.insert(record.id)
    node.history.position += 1
    node.machine.noted(node.history)
    let (count, life) = (node.log.count, node.life)
    let slowness: UInt64 = sabotage == .looseConfirmation ? 100 : 1
    after(draw(500...6000) * slowness) {
      if node.life == life { node.durable = max(node.durable, min(count, node.log.count)) }
    }
  }

  private func acknowledge(_ node: Node) {
    guard node.machine.leadingTerm != nil else { return }
    let through = sabotage == .earlyAcknowledgement ? .max : node.machine.acknowledged(clock(node))
    node.pending.removeAll { pending in
      guard UInt64(pending.position) <= through, pending.position <= node.durable else { return false }
      acknowledged.append(pending.id)
      return true
    }
  }

  private func later(from place: Int, to other: Int, term: UInt32) {
    let node = nodes[place]
    let life = node.life
    after(50_000) { if node.life == life, node.sessions[other] == term { node.sessions[other] = nil } }
  }

  private func greet(from place: Int, to other: Int, term: UInt32) {
    let node = nodes[place]
    let sent = clock(node)
    var (reply, isAnswered, isLate): (ReplicateResponse?, Bool, Bool) = (nil, false, false)
    exchange(from: place, to: other) { [self] member in
      guard member.machine.greeted(by: term, at: clock(member)) || sabotage == .earlierTerm else { return }
      reply = member.machine.reply(member.history, at: clock(member))
    } then: { [self] in
      guard !isLate else { return }
      isAnswered = true
      guard let reply, node.machine.leadingTerm == term else { return later(from: place, to: other, term: term) }
      if node.history.continues(term: reply.term, position: reply.position) {
        _ = node.machine.confirmed(other, reply, sent: sent, at: clock(node))
        send(from: place, to: other, term: term, position: Int(reply.position))
      } else if node.machine.needsCopy(other, at: clock(node)) {
        copy(from: place, to: other, term: term)
      } else {
        later(from: place, to: other, term: term)
      }
    }
    after(400_000) { [self] in
      guard !isAnswered else { return }
      isLate = true
      later(from: place, to: other, term: term)
    }
  }

  private func send(
    from place: Int, to other: Int, term: UInt32, position: Int, echo: UInt64 = 0, grant: UInt64 = 0
  ) {
    let node = nodes[place]
    let sent = clock(node)
    guard node.machine.leadingTerm == term, node.log.count >= position else { return }
    let records = Array(node.log[position...].prefix(50))
    var (reply, isAnswered, isLate): (ReplicateResponse?, Bool, Bool) = (nil, false, false)
    exchange(from: place, to: other) { [self] member in
      guard member.machine.accepts(term) || sabotage == .earlierTerm, member.log.count >= position else { return }
      for record in records.dropFirst(member.log.count - position) {
        if record.id == 0 { member.history.begin(record.term) }
        append(record, member)
      }
      if sabotage != .looseConfirmation { member.durable = member.log.count }
      member.machine.heard(echo: echo, grant: grant, at: clock(member))
      reply = member.machine.reply(member.history, at: clock(member))
    } then: { [self] in
      guard !isLate else { return }
      isAnswered = true
      guard let reply, node.machine.leadingTerm == term else { return later(from: place, to: other, term: term) }
      let grant = node.machine.confirmed(other, reply, sent: sent, at: clock(node))
      acknowledge(node)
      after(draw(1000...20_000)) { [self] in
        send(
          from: place, to: other, term: term, position: min(Int(reply.position), node.log.count), echo: reply.number,
          grant: sabotage == .unboundGrant ? times.lease : grant)
      }
    }
    after(2_000_000) { [self] in
      guard !isAnswered else { return }
      isLate = true
      later(from: place, to: other, term: term)
    }
  }

  private func copy(from place: Int, to other: Int, term: UInt32) {
    count("copy")
    let node = nodes[place]
    let (log, history) = (node.log, node.history)
    var (isDone, isAnswered, isLate) = (false, false, false)
    exchange(from: place, to: other) { member in
      guard member.machine.accepts(term) else { return }
      member.machine.tear()
      (member.log, member.durable, member.history) = (log, log.count, history)
      member.ids = Set(log.map(\.id))
      member.machine.noted(history)
      member.machine.mend()
      isDone = true
    } then: { [self] in
      guard !isLate else { return }
      isAnswered = true
      guard isDone else { return later(from: place, to: other, term: term) }
      send(from: place, to: other, term: term, position: log.count)
    }
    after(2_000_000) { [self] in
      guard !isAnswered else { return }
      isLate = true
      later(from: place, to: other, term: term)
    }
  }

  // MARK: Clients

  private func write() {
    for node in nodes where isWell(node) && node.machine.writeRefusal() == nil {
      lastID += 1
      append(Record(term: node.history.term, id: lastID), node)
      node.pending.append((node.log.count, lastID))
      count("write")
    }
    after(20_000) { [self] in write() }
  }

  private func read() {
    for (place, node) in nodes.enumerated() where isWell(node) {
      let isFollowing = sabotage == .unassuredReads && node.machine.group != nil
      guard isFollowing || node.machine.isAssured(clock(node)) else { continue }
      count("read")
      check(node, "a read of member \(place)", acknowledged.suffix(200))
    }
    after(30_000) { [self] in read() }
  }

  // MARK: Faults

  private func start(_ node: Node) {
    node.isUp = true
    node.life += 1
    node.pausedUntil = 0
    node.log = Array(node.log.prefix(node.durable))
    node.ids = Set(node.log.map(\.id))
    (node.history, node.pending, node.sessions) = (Self.history(node.log), [], [:])
    node.machine = MemberMachine(node: node.number, history: node.history, times: times)
  }

  private static func history(_ log: [Record]) -> ShardHistory {
    var history = ShardHistory()
    for record in log {
      if record.id == 0 { history.begin(record.term) }
      history.position += 1
    }
    return history
  }

  /// All but the last member lose the coordinator, and for a part of that time the last member too.
  private func split() {
    count("split")
    let last = nodes.count - 1
    for place in 0..<last {
      // So long that the last one takes over, and perhaps shorter than a message is waited for.
      let healed = now + (random.next() % 2 == 0 ? draw(1_750_000...1_980_000) : draw(3_000_000...5_000_000))
      for (other, end) in [(nodes.count, now + 8_000_000), (last, healed)] {
        (cuts[place][other], cuts[other][place]) = (end, end)
      }
    }
  }

  private func fault() {
    guard !isCalm else { return }
    let place = Int(random.next() % UInt64(nodes.count))
    let node = nodes[place]
    switch random.next() % 6 {
    case 0, 1:
      guard node.isUp else { break }
      count("crash")
      node.isUp = false
      after(draw(10_000...3_000_000)) { [self] in if !node.isUp { start(node) } }
    case 2:
      count("pause")
      node.pausedUntil = now + draw(50_000...4_000_000)
    case 3, 4:
      count("cut")
      let other = Int(random.next() % UInt64(nodes.count + 1))
      let end = now + draw(50_000...5_000_000)
      cuts[place][other] = end
      if random.next() % 2 == 0 { cuts[other][place] = end }
    default:
      count("store away")
      storeAwayUntil = now + draw(50_000...2_500_000)
    }
    after(draw(300_000...4_000_000)) { [self] in fault() }
  }
}
