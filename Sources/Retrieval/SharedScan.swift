package import Kernels
import Vocabulary

/// A circular shared scan (Harizopoulos, Shkapenyuk, Ailamaki 2005): searches go through the blocks together, so that a
/// block's codes are read once for all of them.
///
/// A machine without clock or thread: its shell lets waiting queries join, and steps from block to block. A query joins
/// at the next block and leaves after a full turn, with the answer it would have had alone: each has its own
/// snapshot, filter, limit and end. Snapshots of one table share blocks; one machine serves one table.
package struct SharedScan: Sendable {
  /// A search that is over.
  package struct Finished: Sendable {
    package let ticket: Int
    package let outcome: SearchOutcome
  }

  private struct Member: Sendable {
    let ticket: Int
    var scan: Scan
    /// Blocks of the search, and those that it has not yet come to.
    let blockCount: Int
    var blocksLeft: Int
    let shouldStop: @Sendable () -> Bool
    /// The blocks that it shares with helpers, if it has any.
    let shared: BlocksLeft?
  }

  private let kernels: KernelSet
  private let watch: SearchPhase.Watch?
  private var members: [Member] = []
  private var position = 0
  private var reached: [UInt64] = []

  /// How many searches go together at most.
  package static var membersMax: Int { KernelSet.scanQueries }

  /// A scan without searches.
  package init(kernels: KernelSet = KernelSet(), watch: SearchPhase.Watch? = nil) {
    self.kernels = kernels
    self.watch = watch
  }

  /// How many searches are under way.
  package var count: Int { members.count }

  /// Whether another may join.
  package var hasRoom: Bool { members.count < Self.membersMax }

  /// Lets a search join at the next block.
  ///
  /// - Parameter shouldStop: Asked before each block of at most 4,096 rows; true ends the search with what it has.
  /// - Parameter shared: The blocks that helpers take too; the outcome lacks what they see, and merges with theirs.
  /// - Throws: the fault of the query's vector.
  /// - Precondition: `hasRoom`, and the limit is 1…10,000; with helpers, the scan has no other search.
  package mutating func join(
    _ ticket: Int, _ snapshot: Snapshot, _ query: SearchQuery, sharing shared: BlocksLeft? = nil,
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws(VectorError) {
    precondition(hasRoom, "the scan is full")
    precondition(shared == nil || count == 0, "a search with helpers takes blocks from the first one on")
    if shared != nil { position = 0 }
    var scan = try Scan(kernels: kernels, snapshot: snapshot, query: query, watch: watch)
    scan.begin(shouldStop: shouldStop)
    shared?.begin(scan.floor, scan.bounds)
    members.append(
      Member(
        ticket: ticket, scan: scan, blockCount: snapshot.views.count, blocksLeft: snapshot.views.count,
        shouldStop: shouldStop, shared: shared))
  }

  /// Takes all members through one block.
  ///
  /// - Returns: the searches that this block has ended, which have left.
  package mutating func step() -> [Finished] {
    if members.count > 1 { stepTogether() } else { stepAlone() }
    position += 1
    if !members.indices.contains(where: { position < members[$0].blockCount }) { position = 0 }
    return leave()
  }

  private mutating func stepAlone() {
    // By its place: a member that is copied counts all that it refers to as in use once more.
    guard !members.isEmpty, position < members[0].blockCount, let isStopped = take(0) else { return }
    members[0].scan.visit(position, isStopped: isStopped, step: 1, &reached)
    if isStopped { end(0) }
  }

  private mutating func stepTogether() {
    var groups: [(codes: CodeBlock, members: [Int])] = []
    for place in members.indices where position < members[place].blockCount {
      guard let codes = enter(place) else { continue }
      if let group = groups.firstIndex(where: { $0.codes === codes }) {
        groups[group].members.append(place)
      } else {
        groups.append((codes, [place]))
      }
    }
    members[0].scan.prefetch(position + 1)
    for (codes, places) in groups { scan(codes, places) }
  }

  private mutating func enter(_ place: Int) -> CodeBlock? {
    guard let isStopped = take(place) else { return nil }
    let codes = members[place].scan.enter(position, isStopped: isStopped)
    if isStopped { end(place) }
    return codes
  }

  /// Takes this block for a member.
  ///
  /// - Returns: Whether the member stops here; `nil` if helpers have taken all blocks that were left.
  private mutating func take(_ place: Int) -> Bool? {
    members[place].blocksLeft -= 1
    if let shared = members[place].shared, members[place].scan.takeFirst(of: shared) == nil {
      members[place].blocksLeft = 0
      return nil
    }
    return members[place].scan.isStopped || members[place].shouldStop()
  }

  /// Counts the blocks that a member leaves out, which need not wait for helpers.
  private mutating func end(_ place: Int) {
    if let shared = members[place].shared {
      while let rest = members[place].scan.takeFirst(of: shared) {
        _ = members[place].scan.enter(rest, isStopped: true)
      }
    } else {
      members[place].scan.countRest(after: position, members[place].blocksLeft)
    }
    members[place].blocksLeft = 0
  }

  private mutating func scan(_ codes: CodeBlock, _ places: [Int]) {
    let words = codes.rowCount / 64
    if reached.count < words * places.count { reached = [UInt64](repeating: 0, count: words * Self.membersMax) }
    let scanned = kernels.scan(
      codes, places.compactMap { members[$0].scan.codeQuery }, atLeast: places.map { members[$0].scan.threshold },
      words: places.map { members[$0].scan.words }, into: &reached)
    watch?(.scan, scanned)
    for (k, place) in places.enumerated() {
      members[place].scan.take(position, codes, reached: reached, words: words * k..<words * (k + 1))
    }
  }

  private mutating func leave() -> [Finished] {
    guard members.indices.contains(where: { members[$0].blocksLeft == 0 }) else { return [] }
    var finished: [Finished] = []
    var staying: [Member] = []
    for var member in members {
      if member.blocksLeft == 0 {
        finished.append(Finished(ticket: member.ticket, outcome: member.scan.finish()))
      } else {
        staying.append(member)
      }
    }
    members = staying
    return finished
  }
}
