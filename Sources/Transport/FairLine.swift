/// A line to wait in that is fair among callers: each caller has a line of its own, and callers take turns.
///
/// Start-time fair queueing (Goyal, Vin & Cheng 1996) with elements of equal weight: each element has the round of its
/// turn, one more than its caller's element before, but not before the round that is served now; the lowest round is
/// next. So a caller that asks now and then is served at once, however long the lines of others are, and one that
/// always asks has a turn in each round. Each eighth turn goes to the oldest element of all, so that new callers without
/// end (a connection for each request) cannot starve one that stays. Operations take time in proportion to the callers
/// in line, `count` takes none.
package struct FairLine<Element: Sendable>: Sendable {
  /// An element's place: its caller, and its number in the order of arrival.
  package struct Ticket: Hashable, Sendable {
    package let caller: CallerID
    package let number: UInt64

    /// A place that an element of the caller has, had or will have.
    package init(caller: CallerID, number: UInt64) {
      self.caller = caller
      self.number = number
    }
  }

  private struct Line {
    /// The round of the first element.
    var round: UInt64
    var elements: [(number: UInt64, element: Element)]
  }

  /// Never without elements.
  private var lines: [CallerID: Line] = [:]
  /// The round of the next element of callers without a line; none: the round that is served now.
  private var nextRounds: [CallerID: UInt64] = [:]
  /// The round that is served now.
  private var round: UInt64 = 0
  private var lastNumber: UInt64 = 0
  private var turn: UInt64 = 0
  /// Elements of all callers.
  package private(set) var count = 0

  /// A line without elements.
  package init() {}

  /// Elements of one caller.
  package func count(of caller: CallerID) -> Int { lines[caller]?.elements.count ?? 0 }

  /// The oldest element of a caller.
  package func first(of caller: CallerID) -> Element? { lines[caller]?.elements.first?.element }

  /// The oldest element of all.
  package var oldest: Element? {
    lines.values.compactMap(\.elements.first).min { $0.number < $1.number }?.element
  }

  /// Puts an element at the end of its caller's line.
  package mutating func append(_ element: Element, from caller: CallerID) -> Ticket {
    lastNumber += 1
    count += 1
    let first = firstRound(of: caller)
    nextRounds[caller] = nil
    lines[caller, default: Line(round: first, elements: [])].elements.append((lastNumber, element))
    return Ticket(caller: caller, number: lastNumber)
  }

  /// Takes the element whose turn it is: of the lowest round, there of the caller with the shortest line; or the oldest.
  ///
  /// - Parameter mayWork: Whether a caller may have a turn now; one that may not keeps its place.
  package mutating func removeNext(
    where mayWork: (CallerID) -> Bool = { _ in true }
  ) -> (ticket: Ticket, element: Element)? {
    turn &+= 1
    let isOfOldest = turn % 8 == 0
    var next: (caller: CallerID, rank: (UInt64, Int, UInt64))?
    for (caller, line) in lines where mayWork(caller) {
      let number = line.elements[0].number
      let rank = isOfOldest ? (0, 0, number) : (line.round, line.elements.count, number)
      if next.map({ rank < $0.rank }) ?? true { next = (caller, rank) }
    }
    guard let caller = next?.caller, var line = lines[caller] else { return nil }
    let (number, element) = line.elements.removeFirst()
    round = max(round, line.round)
    line.round += 1
    put(line, of: caller)
    return (Ticket(caller: caller, number: number), element)
  }

  /// Takes an element out of the line.
  ///
  /// - Returns: `nil` if it has left before.
  package mutating func remove(_ ticket: Ticket) -> Element? {
    guard var line = lines[ticket.caller], let place = line.elements.firstIndex(where: { $0.number == ticket.number })
    else { return nil }
    let element = line.elements.remove(at: place).element
    put(line, of: ticket.caller)
    return element
  }

  /// Takes the newest element of the caller that has the most, if those are more than `count`: a line that is full makes
  /// room for callers that ask for less (longest queue drop, McKenney 1990).
  package mutating func removeNewestOfLongest(over count: Int) -> (ticket: Ticket, element: Element)? {
    guard
      let caller = lines.max(by: {
        ($0.value.elements.count, $0.key.rawValue) < ($1.value.elements.count, $1.key.rawValue)
      })?.key,
      var line = lines[caller], line.elements.count > count
    else { return nil }
    let (number, element) = line.elements.removeLast()
    put(line, of: caller)
    return (Ticket(caller: caller, number: number), element)
  }

  /// The turns until another element of a caller would be served, if no other elements come.
  package func turnsUntilNext(of caller: CallerID) -> Int {
    let own = count(of: caller)
    let turn = firstRound(of: caller) + UInt64(own)
    return lines.reduce(own + 1) { turns, line in
      guard line.key != caller, line.value.round < turn else { return turns }
      return turns + min(line.value.elements.count, Int(clamping: turn - line.value.round))
    }
  }

  private func firstRound(of caller: CallerID) -> UInt64 {
    lines[caller]?.round ?? max(round, nextRounds[caller] ?? 0)
  }

  /// Puts a line back of which an element was taken.
  private mutating func put(_ line: Line, of caller: CallerID) {
    count -= 1
    guard line.elements.isEmpty else { return lines[caller] = line }
    lines[caller] = nil
    nextRounds[caller] = line.round
    // Rounds that have been reached say nothing more; without elements there is nothing to share.
    nextRounds = count == 0 ? [:] : nextRounds.filter { $0.value > round }
  }
}
