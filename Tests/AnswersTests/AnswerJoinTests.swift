import Answers
import Support
import Testing
import Vocabulary

@Suite struct AnswerJoinTests {
  private func answer(_ request: UInt64, to user: UInt64?, at time: Int64, _ items: [UInt64]) -> LoggedAnswer {
    var answer = LoggedAnswer()
    (answer.requestID, answer.user, answer.time) = (request, user, time)
    answer.shown = items.map { LoggedAnswer.Shown(item: $0, retrievalScore: 0, logit: 0) }
    return answer
  }

  private func event(
    _ action: ShopperAction, by user: UInt64, _ item: UInt64, at time: Int64, request: UInt64 = 0
  ) -> AnswerJoin.Event {
    AnswerJoin.Event(user: user, item: item, action: action, time: time, requestID: request)
  }

  @Test func eventsGoToTheirRequestElseToTheLastAnswer() {
    let answers = [
      answer(1, to: 7, at: 100, [10, 11]), answer(2, to: 7, at: 200, [11, 12]), answer(3, to: nil, at: 300, [12]),
    ]
    let events = [
      event(.click, by: 7, 11, at: 250), event(.click, by: 7, 11, at: 260, request: 1),
      event(.purchase, by: 9, 12, at: 310, request: 3), event(.cart, by: 7, 10, at: 5000),
      event(.click, by: 8, 10, at: 150), event(.view, by: 7, 10, at: 150), event(.click, by: 7, 12, at: 199),
    ]
    let join = AnswerJoin(answers, events, window: 1000)
    let acted = join.impressions.filter { $0.event != nil }
    #expect(join.impressions.count == 5)
    #expect(acted.map(\.answer) == [0, 1, 2] && acted.map(\.result) == [1, 0, 0])
    #expect(acted.map { $0.event?.action } == [.click, .click, .purchase])
    // Too late, of another shopper, and from before the item was shown; a view comes of no answer.
    #expect(join.unjoinedCount == 3)
  }

  @Test func theStrongestEventCountsInWhateverOrderTheyCome() {
    let answers = [answer(1, to: 7, at: 100, [10, 11])]
    let events = [
      event(.click, by: 7, 10, at: 110), event(.cart, by: 7, 10, at: 120), event(.purchase, by: 7, 10, at: 130),
      event(.purchase, by: 7, 10, at: 140), event(.click, by: 7, 11, at: 150), event(.rating, by: 7, 11, at: 150),
    ]
    let wanted = AnswerJoin(answers, events, window: 1000).impressions
    #expect(wanted.map { $0.event?.action } == [.purchase, .rating])
    var random = SeededRandom(seed: 3)
    for _ in 0..<20 {
      #expect(AnswerJoin(answers, events.shuffled(using: &random), window: 1000).impressions == wanted)
    }
  }
}
