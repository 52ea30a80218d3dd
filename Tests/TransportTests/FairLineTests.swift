import Support
import Testing
import Transport
import Vocabulary

struct FairLineTests {
  private static func callers(_ line: inout FairLine<Int>, _ count: Int) -> [UInt64] {
    (0..<count).compactMap { _ in line.removeNext()?.ticket.caller.rawValue }
  }

  @Test func callersTakeTurnsWhateverTheyHaveInLine() {
    var line = FairLine<Int>()
    for number in 0..<6 { _ = line.append(number, from: CallerID(1)) }
    for number in 0..<2 { _ = line.append(number, from: CallerID(2)) }
    #expect(Self.callers(&line, 8) == [2, 1, 2, 1, 1, 1, 1, 1])
    #expect(line.count == 0 && line.removeNext() == nil)
  }

  @Test func aCallerThatAsksNowAndThenIsServedAtOnceAndTakesNoMoreThanItsTurn() {
    var line = FairLine<Int>()
    for number in 0..<100 { _ = line.append(number, from: CallerID(1 + UInt64(number % 4))) }
    _ = Self.callers(&line, 5)
    _ = line.append(0, from: CallerID(9))
    #expect(line.turnsUntilNext(of: CallerID(8)) <= 2)
    #expect(Self.callers(&line, 1) == [9])
    // It asks again at once: now the others have their turns first.
    _ = line.append(0, from: CallerID(9))
    #expect(line.turnsUntilNext(of: CallerID(9)) > 4)
    let served = Self.callers(&line, 5)
    #expect(served.firstIndex(of: 9).map { $0 >= 3 } ?? false, "\(served)")
  }

  @Test func callersWithoutEndStarveNoOther() {
    var line = FairLine<Int>()
    for number in 0..<100 { _ = line.append(number, from: CallerID(1)) }
    var served: [UInt64] = []
    // A new caller before each turn, as if connections came and went.
    for round in 0..<40 as Range<UInt64> {
      _ = line.append(0, from: CallerID(10 + round))
      served += Self.callers(&line, 1)
    }
    #expect(served.count { $0 == 1 } >= 5, "\(served)")
  }

  @Test func aCallerThatMayNotWorkKeepsItsPlace() {
    var line = FairLine<Int>()
    for caller in [1, 2, 3] as [UInt64] { _ = line.append(Int(caller), from: CallerID(caller)) }
    let second = line.removeNext { $0.rawValue != 1 }
    let none = line.removeNext { _ in false }
    #expect(second?.element == 2 && none == nil)
    #expect(line.removeNext()?.element == 1)
    #expect(line.removeNext()?.element == 3)
  }

  /// Against a plain model: each element leaves once, in its caller's order, and nothing is kept of those that have gone.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func everyElementLeavesOnce(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var line = FairLine<Int>()
    var model: [UInt64: [Int]] = [:]
    var tickets: [(FairLine<Int>.Ticket, Int)] = []
    for step in 0..<2000 {
      let caller = random.next() % 7
      switch random.next() % 5 {
      case 0, 1:
        tickets.append((line.append(step, from: CallerID(caller)), step))
        model[caller, default: []].append(step)
      case 2, 3:
        guard let (ticket, element) = line.removeNext() else {
          #expect(model.values.reduce(0) { $0 + $1.count } == 0)
          continue
        }
        #expect(model[ticket.caller.rawValue]?.removeFirst() == element)
        #expect(line.remove(ticket) == nil)
      default:
        guard let (ticket, element) = tickets.randomElement(using: &random) else { continue }
        let place = model[ticket.caller.rawValue]?.firstIndex(of: element)
        #expect((line.remove(ticket) != nil) == (place != nil))
        if let place { model[ticket.caller.rawValue]?.remove(at: place) }
      }
      #expect(line.count == model.values.reduce(0) { $0 + $1.count })
      let longest = model.values.map(\.count).max() ?? 0
      for (caller, elements) in model {
        #expect(line.count(of: CallerID(caller)) == elements.count)
        #expect(line.first(of: CallerID(caller)) == elements.first)
      }
      if longest > 5, let (ticket, element) = line.removeNewestOfLongest(over: 4) {
        #expect(model[ticket.caller.rawValue]?.removeLast() == element)
      }
    }
  }

  @Test func aValueToldBeforeOrAfterIsTheFirst() async {
    let early = Waiter<Int>()
    #expect(early.tell(1) && !early.tell(2))
    #expect(await early.value() == 1)
    #expect(!early.tell(3))
    let late = Waiter<Int>()
    async let value = late.value()
    while !late.tell(7) { await Task.yield() }
    #expect(await value == 7)
  }
}
