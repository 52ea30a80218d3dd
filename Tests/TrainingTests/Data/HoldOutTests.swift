import Testing

@testable import Training

struct HoldOutTests {
  private static let rules: [Split.Rule?] = [
    nil, .lastOut, .dates(validation: -5, test: 1_317_427_200_000), .randomOne(seed: .max),
  ]

  @Test(arguments: rules)
  func aRuleComesBackFromItsFile(rule: Split.Rule?) throws {
    let held = HoldOut(rule, events: 12, refitted: true)
    let again = try DataSetJSON.decode(HoldOut.self, DataSetJSON.encode(held), "training.json")
    #expect(again == held && again.splitRule == rule && again.events == 12 && again.refitted)
  }

  @Test func theFileSaysWhatItMeans() {
    let text = String(decoding: DataSetJSON.encode(HoldOut(.randomOne(seed: 7), events: 3)), as: UTF8.self)
    #expect(text == "{\n  \"events\" : 3,\n  \"refitted\" : false,\n  \"rule\" : \"random_one\",\n  \"seed\" : 7\n}\n")
  }

  @Test func learnedIsWhatWasNotHeldOut() {
    var log = Interactions()
    for (item, time) in [(0, 1), (1, 2), (2, 3), (3, 4)] { log.append(user: 0, item: item, time: Int64(time)) }
    #expect(HoldOut(nil, events: 4).isLearned(log) == [true, true, true, true])
    #expect(HoldOut(.lastOut, events: 4).isLearned(log) == [true, true, false, false])
    #expect(HoldOut(.lastOut, events: 4, refitted: true).isLearned(log) == [true, true, true, false])
    let dates = Split.Rule.dates(validation: 2, test: 4)
    #expect(HoldOut(dates, events: 4).isLearned(log) == [true, false, false, false])
  }
}
