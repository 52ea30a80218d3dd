import Support
import Testing

@testable import winnow

struct ProgressTests {
  @Test(arguments: [false, true]) func aLineSaysHowMuchHowFastAndHowLongYet(isTerminal: Bool) {
    let progress = Progress("fed", unit: .items, total: nil, clock: ManualClock(), isTerminal: isTerminal)
    let bar = isTerminal ? "[#####...............] " : ""
    #expect(
      progress.line(50_000, share: 0.25, seconds: 2) == bar + "fed 50,000 items, 25,000 items/s, 25 %, 6.0 s to go")
    #expect(progress.line(50_000, share: nil, seconds: 2) == "fed 50,000 items, 25,000 items/s")
  }
}
