import Wire

/// How far a shard's records are, and whose they are: by it a member that comes back is told from one whose records are
/// others than the primary's.
struct ShardHistory: Equatable, Sendable {
  /// Records that have been applied.
  var position: UInt64 = 0
  /// The first record of each term, ascending; none: the shard has always been alone.
  private(set) var terms: [ReplicateRequest.TermStart] = []

  /// No record yet.
  init() {}

  init(position: UInt64, terms: [ReplicateRequest.TermStart]) { (self.position, self.terms) = (position, terms) }

  /// The term of the newest record; 0: it has none.
  var term: UInt32 { terms.last?.term ?? 0 }

  /// Terms that are kept; a member whose newest term is an earlier one gets a copy.
  private static let termsMax = 1024

  /// Begins a term with the next record.
  mutating func begin(_ term: UInt32) {
    terms.append(.init(term: term, position: position + 1))
    if terms.count > Self.termsMax { terms.removeFirst() }
  }

  /// Whether all records of another history are the first ones of this.
  func continues(term: UInt32, position: UInt64) -> Bool {
    if position == 0 { return true }
    guard let place = terms.firstIndex(where: { $0.term == term }) else { return false }
    let end = place + 1 < terms.count ? terms[place + 1].position - 1 : self.position
    return position >= terms[place].position && position <= end
  }

  /// The number that all versions of slots in the newest term are above: so a version that a write got which no other
  /// member has seen never comes again with other contents.
  var versionFloor: UInt64 { term > 1 ? UInt64(term - 1) << 32 : 0 }

  /// A slot's last version as the newest term begins.
  func raised(_ version: UInt64) -> UInt64 {
    guard term > 1 else { return version }
    let floor = max((version >> 32) + 1, UInt64(term - 1))
    return floor > UInt64(UInt32.max) ? version : floor << 32
  }
}
