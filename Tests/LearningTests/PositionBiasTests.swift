import Evaluation
import Support
import Testing

/// What weights by the place repair of what places do to clicks.
@Suite struct PositionBiasTests {
  @Test func weightsByPlaceRepairWhatPlacesDoToClicks() throws {
    let clicks = try PlacedClicks()
    #expect(abs(clicks.examination.decay - 1) < 0.2, "\(clicks.examination)")
    #expect(clicks.gain.low > 0, "\(clicks.gain)")
    #expect(clicks.share >= 0.98, "\(clicks.share)")
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    TestScale.tell(
      "position: NDCG naive \(mean(clicks.naive)), corrected \(mean(clicks.corrected)), "
        + "true relevance \(mean(clicks.best))")
  }
}
