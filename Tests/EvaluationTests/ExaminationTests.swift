import Evaluation
import Support
import Testing

@Suite struct ExaminationTests {
  /// Lists of results that earn by their rank, looked at as a power of the place.
  private static func views(_ count: Int, decay: Double, share: Double, seed: UInt64) -> [Examination.View] {
    var random = SeededRandom(seed: seed)
    func fraction() -> Double { Double(random.next() >> 11) * 0x1p-53 }
    return (0..<count).map { _ in
      var earns = (0..<10).map { 0.6 - 0.05 * Double($0) }
      var exchanged: Int?
      if fraction() < share {
        let upper = Int(random.next() % 9)
        earns.swapAt(upper, upper + 1)
        exchanged = upper
      }
      let acted = earns.enumerated().map { place, earns in
        fraction() < earns * Examination(decay: -decay, clickCount: 0).weight(ofPlace: place + 1)
      }
      return Examination.View(exchanged: exchanged, acted: acted)
    }
  }

  @Test(arguments: [0.0, 0.5, 1.0, 1.5]) func theDecayIsFoundFromExchanges(decay: Double) throws {
    let found = try Examination.estimate(Self.views(60_000, decay: decay, share: 0.3, seed: 3)).get()
    #expect(abs(found.decay - decay) < 0.12, "\(found)")
  }

  @Test func fewClicksAreRefused() {
    let views = Self.views(200, decay: 1, share: 0.1, seed: 3)
    guard case .failure(let few) = Examination.estimate(views) else {
      Issue.record("a curve of chance")
      return
    }
    #expect(few.count < Examination.clicksMin)
  }

  @Test func weightsAreTheInverseOfHowOftenAPlaceIsLookedAt() {
    let examination = Examination(decay: 1, clickCount: 1000)
    #expect((1...4).map { examination.weight(ofPlace: $0) } == [1, 2, 3, 4])
  }
}
