import Placement
import Vocabulary
import Wire

/// One member of a shard's group, as a machine without I/O: who it is now, whether it may answer, which changes of the
/// group it wants, and up to which record a primary may acknowledge.
///
/// Two things make it right, also where messages are lost, late or repeated: the store changes the group by comparing alone, and the
/// clocks of members run alike over a second. `proto-spec/03-messages/group.md` has the rules.
struct MemberMachine: Sendable {
  /// How long things take, in microseconds.
  struct Times: Sendable {
    /// How long a member may answer after it asked for the group that names it in sync.
    var lease: UInt64 = 1_000_000
    /// How long one that took a member out of the group waits until it acknowledges anything: longer than a lease.
    var wait: UInt64 = 1_100_000
    /// The silence after which a primary takes a member out.
    var silence: UInt64 = 1_000_000
    /// The silence after which a member takes over, and how much longer the next one waits.
    var takeover: UInt64 = 1_400_000
    var step: UInt64 = 250_000
  }

  /// Another member, as the primary knows it.
  private struct Other: Sendable {
    var node: UInt64 = 0
    /// Records that it has on disk and shows.
    var confirmed: UInt64 = 0
    var heard: Instant
    /// When the newest request was sent that it has answered.
    var proven: Instant?
    /// Acknowledgements from this position on wait for it, though it is not in sync yet.
    var joining: UInt64?
    /// Its records are not the first ones of the primary's, or those that it lacks are not kept any more.
    var needsCopy = false
    /// It was found to hold something else, so it gets a copy.
    var isSuspect = false
    var isLeaving = false
    /// It is there, and takes no records: its disk is full.
    var isFull = false

    /// Whether it is no member that acknowledgements can wait for.
    var isUseless: Bool { isLeaving || needsCopy || isSuspect || isFull }
  }

  private struct Lead: Sendable {
    let term: UInt32
    /// Whether the term's first record is in the log.
    var isPromoted = false
    /// Nothing is acknowledged before.
    var hold: Instant
    var others: [Int: Other]
  }

  private enum Role: Sendable {
    /// Not told yet, or not in sync.
    case outside
    case following
    case leading(Lead)
  }

  let node: UInt64
  private let times: Times
  /// The fewest members in sync with which writes are taken; `nil`: all but one.
  private let copiesMin: Int?

  /// The newest group that it was told.
  private(set) var group: ShardGroup?
  private(set) var revision: UInt64 = 0
  private(set) var place = 0
  /// Grows whenever members have other places than before.
  private(set) var layout: UInt64 = 0
  /// The change that it asks the store for, until it is known what became of it.
  private(set) var wanted: (expected: UInt64, group: ShardGroup)?
  private var role = Role.outside
  private(set) var history: ShardHistory
  private var standing = Standing()

  /// What comes and goes.
  private struct Standing: Sendable {
    /// When each of the last replies was sent, by its number.
    var sent: [(number: UInt64, at: Instant)] = []
    var assuredUntil: Instant?
    /// The newest answer to a primary.
    var replied: (number: UInt64, at: Instant)?
    /// When the primary was heard last.
    var lastWord = Instant(nanoseconds: 0)
    /// The term of the primary that has greeted last.
    var greetedTerm: UInt32 = 0
    /// It has lost what it had, for a copy; then the revision above which the group counts again.
    var isTorn = false
    var tornRevision: UInt64?
    /// The member that a primary hands over to, and whether it has stopped answering.
    var heir: Int?
    var isRetired = false
    var isLeaving = false
  }

  init(node: UInt64, history: ShardHistory, times: Times = Times(), copiesMin: Int? = nil) {
    (self.node, self.history, self.times, self.copiesMin) = (node, history, times, copiesMin)
  }

  // MARK: What it is

  /// Whether it belongs to a group, and not alone to a coordinator.
  var isGrouped: Bool { group != nil || standing.greetedTerm > 0 || !history.terms.isEmpty }

  /// Whether the group names it in sync.
  private var isInSync: Bool {
    guard let group, group.members.indices.contains(place), !standing.isTorn else { return false }
    if let torn = standing.tornRevision, revision <= torn { return false }
    return group.members[place] == ShardGroup.Member(node: node, isInSync: true)
  }

  /// The term in which it leads; `nil`: it does not.
  var leadingTerm: UInt32? { if case .leading(let lead) = role { lead.term } else { nil } }

  /// The term whose first record it has to write.
  var termToBegin: UInt32? {
    guard case .leading(let lead) = role, !lead.isPromoted else { return nil }
    return lead.term
  }

  /// Whether it may answer reads: it holds all that was acknowledged before now.
  func isAssured(_ now: Instant) -> Bool {
    guard isInSync, !standing.isRetired, !standing.isLeaving else { return false }
    return assurance(now) > 0
  }

  /// How long it may answer from now on, in microseconds, by what the store or the other members have said.
  private func assurance(_ now: Instant) -> UInt64 {
    var ends = [standing.assuredUntil]
    if case .leading(let lead) = role {
      let proofs = lead.others.filter { isRequired($0.key, $0.value) }.map(\.value.proven)
      if proofs.isEmpty { return times.lease }
      // No other one leads as long as each that could has answered this one.
      if !proofs.contains(nil) { ends.append(proofs.compactMap(\.self).min()?.advanced(microseconds: times.lease)) }
    }
    return ends.compactMap(\.self).max().map { now < $0 ? now.microseconds(until: $0) : 0 } ?? 0
  }

  /// Whether acknowledgements wait for another member: the group may name it in sync, or is about to.
  private func isRequired(_ place: Int, _ other: Other) -> Bool {
    other.joining != nil || [group, wanted?.group].contains { $0?.members[place].isInSync == true }
  }

  /// Whether it takes changes: it leads, and enough members are in sync.
  func writeRefusal() -> ErrorCode? {
    guard case .leading(let lead) = role, lead.isPromoted, standing.heir == nil, !standing.isRetired, let group else {
      return .notPrimary
    }
    return group.inSync.count < leastCopies(of: group) ? .tooFewCopies : nil
  }

  /// The members that have to have a change: all but one of those that have ever been in sync.
  private func leastCopies(of group: ShardGroup) -> Int {
    copiesMin ?? max(1, group.members.count { $0.node != 0 } - 1)
  }

  /// The position up to which changes may be acknowledged, as far as other members go: those that have to have it do, and
  /// that number of them with which a member which was taken out meanwhile is not missed.
  func acknowledged(_ now: Instant) -> UInt64 {
    guard case .leading(let lead) = role, now >= lead.hold, let group else { return 0 }
    let required = lead.others.filter { isRequired($0.key, $0.value) }.map(\.value.confirmed).min() ?? .max
    let confirmed = lead.others.values.map(\.confirmed).sorted(by: >)
    let others = leastCopies(of: group) - 1
    guard others > 0 else { return required }
    return min(required, confirmed.count < others ? 0 : confirmed[others - 1])
  }

  /// How many members have the record at a position, this one among them.
  func copies(of position: UInt64) -> Int {
    guard case .leading(let lead) = role else { return 1 }
    return 1 + lead.others.values.count { $0.confirmed >= position }
  }

  /// How far each other member is, by place, for people.
  var positions: [Int: UInt64] {
    guard case .leading(let lead) = role else { return [:] }
    return lead.others.mapValues(\.confirmed)
  }

  // MARK: The store

  /// What the member says of itself when a coordinator asks.
  mutating func reply(at now: Instant) -> GroupResponse {
    let number = (standing.sent.last?.number ?? 0) + 1
    standing.sent.append((number, now))
    if standing.sent.count > 16 { standing.sent.removeFirst() }
    var reply = GroupResponse()
    (reply.node, reply.number, reply.position, reply.term) = (node, number, history.position, history.term)
    (reply.isAssured, reply.isLeaving) = (isAssured(now), standing.isLeaving)
    if let wanted { (reply.expected, reply.wanted) = (wanted.expected, wanted.group) }
    return reply
  }

  /// A coordinator tells what the store holds.
  mutating func told(_ told: GroupRequest, at now: Instant) {
    // A store that was put back to an older state has an earlier term, or gives later ones smaller numbers.
    guard let new = told.group, new.term >= max(group?.term ?? 0, history.term) else { return }
    let isLaterTerm = group.map { new.term > $0.term } ?? true
    guard isLaterTerm || told.revision >= revision else { return }
    // By its number a member knows its place, wherever an older map has it.
    let place = new.members.firstIndex { $0.node == node } ?? Int(told.place)
    guard new.members.indices.contains(place) else { return }
    if isLaterTerm || told.revision > revision {
      let (before, asked) = (group, wanted?.group)
      self.place = place
      (group, revision) = (new, told.revision)
      // Whether ours was made or another one was faster: it can never be made any more.
      wanted = nil
      adopt(new, before, asked: asked, now)
    }
    if isInSync, told.echo > 0, let sent = standing.sent.first(where: { $0.number == told.echo })?.at {
      standing.assuredUntil = max(standing.assuredUntil ?? sent, sent.advanced(microseconds: times.lease))
    }
    if told.heir != GroupRequest.noHeir { handOver(to: Int(told.heir)) }
  }

  private mutating func adopt(_ new: ShardGroup, _ before: ShardGroup?, asked: ShardGroup?, _ now: Instant) {
    let end = now.advanced(microseconds: times.wait)
    if new.term != before?.term { (standing.heir, standing.isRetired) = (nil, false) }
    guard isInSync else {
      (role, standing.assuredUntil) = (.outside, nil)
      standing.lastWord = now
      return
    }
    guard new.primary == place else {
      role = .following
      standing.lastWord = now
      return
    }
    let removed = before?.members.filter { $0.isInSync && !new.members.contains($0) }
    if case .leading(var lead) = role, lead.term == new.term {
      // Until then one that was removed may still answer, and would not know what is acknowledged now.
      let mayAnswer = removed?.contains { member in
        !lead.others.values.contains { $0.node == member.node && $0.isLeaving }
      }
      if mayAnswer == true { lead.hold = max(lead.hold, end) }
      take(new, before, &lead, now)
      role = .leading(lead)
      return
    }
    let wasThere = before.map { $0.term < new.term && $0.members.contains(new.members[place]) } ?? false
    if asked == new {
      // Those that are not in sync any more may still answer.
      lead(new, from: removed?.isEmpty == true ? now : end, now)
    } else if wasThere || before == nil && new.term == 1 && history.terms.isEmpty {
      // The one before has stopped answering, or there was none.
      lead(new, from: now, now)
    } else {
      // It led before it was started again. Others may have records that were lost here: a new term tells them apart.
      role = .outside
      wanted = (revision, new.next(primary: place, inSync: []))
    }
  }

  /// Takes over what is known of each member to the place that it has now.
  private mutating func take(_ new: ShardGroup, _ before: ShardGroup?, _ lead: inout Lead, _ now: Instant) {
    var others: [Int: Other] = [:]
    var isMoved = before?.members.count != new.members.count
    for (place, member) in new.members.enumerated() where place != self.place {
      let isSame = before.map { $0.members.indices.contains(place) && $0.members[place].node == member.node } ?? false
      let known = lead.others.keys.sorted().first { member.node != 0 && lead.others[$0]?.node == member.node }
      let from = known ?? (isSame ? place : nil)
      others[place] = from.flatMap { lead.others[$0] } ?? Other(heard: now)
      if from != place { isMoved = true }
      let wasInSync = before?.members.contains { $0.node == member.node && $0.isInSync } ?? false
      if member.isInSync || wasInSync { others[place]?.joining = nil }
    }
    lead.others = others
    guard isMoved else { return }
    layout += 1
    (standing.heir, standing.isRetired) = (nil, false)
  }

  private mutating func lead(_ group: ShardGroup, from hold: Instant, _ now: Instant) {
    var others: [Int: Other] = [:]
    for place in group.members.indices where place != self.place { others[place] = Other(heard: now) }
    role = .leading(Lead(term: group.term, hold: hold, others: others))
  }

  // MARK: Time

  /// Time has passed: looks whether it wants a change of the group.
  mutating func passed(_ now: Instant) {
    guard wanted == nil, let group, isInSync else { return }
    switch role {
    case .outside: return
    case .following:
      let rank = group.inSync.filter { $0 != group.primary }.firstIndex(of: place) ?? 0
      let patience = times.takeover + times.step * UInt64(rank)
      guard !standing.isLeaving, standing.lastWord.microseconds(until: now) >= patience else { return }
      wanted = (revision, group.next(primary: place, inSync: []))
    case .leading(var lead):
      guard lead.isPromoted else { return }
      if let change = change(of: group, &lead, now) { wanted = (revision, change) }
      role = .leading(lead)
    }
  }

  private mutating func change(of group: ShardGroup, _ lead: inout Lead, _ now: Instant) -> ShardGroup? {
    if let heir = standing.heir {
      guard group.members[heir].isInSync, lead.others[heir].map({ !isSilent($0, now) }) ?? false else {
        (standing.heir, standing.isRetired) = (nil, false)
        return nil
      }
      guard lead.others[heir]?.confirmed == history.position else { return nil }
      standing.isRetired = true
      return group.next(primary: heir, inSync: group.inSync.filter { $0 != place })
    }
    for (place, other) in lead.others.sorted(by: { $0.key < $1.key }) {
      let silent = isSilent(other, now)
      if group.members[place].isInSync {
        // One that has lost its disk is another one.
        let isOther = other.node != 0 && other.node != group.members[place].node
        if silent || other.isUseless || isOther { return group.removing(place) }
      } else if silent || other.isUseless {
        lead.others[place]?.joining = nil
      } else if let joining = other.joining {
        if other.confirmed >= joining { return group.joining(place, node: other.node) }
      } else if other.node != 0, other.confirmed + Self.closeMax >= history.position {
        // First what is acknowledged from now on waits for it, then it has to have all from before.
        lead.others[place]?.joining = history.position
      }
    }
    return nil
  }

  /// Records that one may lack and is still waited for.
  private static let closeMax: UInt64 = 256

  private func isSilent(_ other: Other, _ now: Instant) -> Bool {
    other.heard.microseconds(until: now) >= times.silence
  }

  // MARK: A primary and the others

  /// Its term's first record is in the log.
  mutating func promoted(_ term: UInt32) {
    guard case .leading(var lead) = role, lead.term == term else { return }
    lead.isPromoted = true
    role = .leading(lead)
  }

  /// Another member has confirmed records, as the first ones of this history.
  ///
  /// - Parameter sent: When it was asked.
  /// - Returns: How long it may answer reads after this answer, in microseconds.
  mutating func confirmed(_ place: Int, _ reply: ReplicateResponse, sent: Instant, at now: Instant) -> UInt64 {
    guard case .leading(var lead) = role, var other = lead.others[place] else { return 0 }
    if other.node != reply.node { (other.joining, other.confirmed) = (nil, 0) }
    (other.node, other.needsCopy, other.isLeaving, other.heard) = (reply.node, false, reply.isLeaving, now)
    other.confirmed = max(other.confirmed, reply.position)
    other.proven = max(other.proven ?? sent, sent)
    lead.others[place] = other
    role = .leading(lead)
    guard group?.members[place] == ShardGroup.Member(node: reply.node, isInSync: true), isAssured(now) else { return 0 }
    // No longer than this one: else two of three assure each other for ever, without the one that leads now.
    return min(times.lease, assurance(now))
  }

  /// Another member is there, but cannot go on with records alone.
  ///
  /// - Returns: Whether it may be given a copy: it is not in sync, and none is to be asked for that makes it so.
  mutating func needsCopy(_ place: Int, at now: Instant) -> Bool {
    guard case .leading(var lead) = role, var other = lead.others[place] else { return false }
    (other.needsCopy, other.heard, other.joining, other.confirmed) = (true, now, nil, 0)
    lead.others[place] = other
    role = .leading(lead)
    return group?.members[place].isInSync == false && wanted?.group.members[place].isInSync != true
  }

  /// Another member takes records, or none although it answers.
  mutating func took(_ place: Int, records: Bool) {
    guard case .leading(var lead) = role else { return }
    lead.others[place]?.isFull = !records
    role = .leading(lead)
  }

  /// Another member holds something else than this one.
  mutating func suspect(_ place: Int, node: UInt64) {
    guard case .leading(var lead) = role, lead.others[place]?.node == node else { return }
    lead.others[place]?.isSuspect = true
    role = .leading(lead)
  }

  /// Another member holds a copy of what is here.
  mutating func cleared(_ place: Int) {
    guard case .leading(var lead) = role else { return }
    lead.others[place]?.isSuspect = false
    role = .leading(lead)
  }

  func isSuspect(_ place: Int) -> Bool {
    guard case .leading(let lead) = role else { return false }
    return lead.others[place]?.isSuspect ?? false
  }

  /// Hands the shard over to another member as soon as that has everything.
  mutating func handOver(to heir: Int) {
    guard case .leading = role, heir != place, standing.heir == nil,
      group?.members.indices.contains(heir) == true, group?.members[heir].isInSync == true
    else { return }
    standing.heir = heir
  }

  /// The process ends: a primary hands over, a member asks to be dropped.
  mutating func leave() {
    if case .leading = role, let heir = group?.inSync.first(where: { $0 != place }) { return handOver(to: heir) }
    standing.isLeaving = true
  }

  /// Whether the others need it no more.
  var mayGo: Bool {
    guard let group else { return true }
    if case .leading = role { return group.inSync == [place] }
    return !group.members[place].isInSync
  }

  // MARK: A member and its primary

  /// A primary greets: from now on its records are taken, and those of no earlier one.
  ///
  /// - Returns: Whether it is the newest one that this member knows.
  mutating func greeted(by term: UInt32, at now: Instant) -> Bool {
    guard term >= group?.term ?? 0, term >= history.term, term >= standing.greetedTerm else { return false }
    if case .leading(let lead) = role {
      guard term > lead.term else { return false }
      role = .outside
    }
    standing.greetedTerm = term
    standing.lastWord = now
    return true
  }

  /// Whether records of a term are taken.
  func accepts(_ term: UInt32) -> Bool {
    guard leadingTerm == nil else { return false }
    return term == standing.greetedTerm && term >= group?.term ?? 0
  }

  /// The primary has been heard: it may have answered this member's newest answer with a time in which reads are answered.
  mutating func heard(echo: UInt64 = 0, grant: UInt64 = 0, at now: Instant) {
    standing.lastWord = now
    guard isInSync, let replied = standing.replied, replied.number == echo else { return }
    let end = replied.at.advanced(microseconds: min(grant, times.lease))
    standing.assuredUntil = max(standing.assuredUntil ?? end, end)
  }

  /// Answers the primary.
  mutating func reply(_ history: ShardHistory, at now: Instant) -> ReplicateResponse {
    let number = (standing.replied?.number ?? 0) + 1
    standing.replied = (number, now)
    return ReplicateResponse(
      node: node, position: history.position, term: history.term, isLeaving: standing.isLeaving, number: number)
  }

  /// It loses what it has, to take a copy.
  mutating func tear() {
    (standing.isTorn, standing.tornRevision, standing.assuredUntil) = (true, revision, nil)
    role = .outside
    history = ShardHistory()
  }

  /// The copy is whole; what the store has said before does not count for it.
  mutating func mend() { standing.isTorn = false }

  /// Records have been applied.
  mutating func noted(_ history: ShardHistory) { self.history = history }
}
