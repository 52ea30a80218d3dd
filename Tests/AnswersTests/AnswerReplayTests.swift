import Answers
import Bytes
import Ranking
import Support
import Testing
import Vocabulary

@Suite struct AnswerReplayTests {
  @Test(arguments: [false, true]) func loggedAnswersAreComputedToTheLastBit(isHuge: Bool) throws {
    for seed in TestScale.seeds(1, full: 100) {
      let some = try #require(try SomeAnswers(TestScale.count(300, full: 1000), seed: seed, isHuge: isHuge))
      let replay = AnswerReplay([some.reranker])
      for answer in some.answers {
        let read = try LoggedAnswer(SomeAnswers.bytes(answer)[...])
        #expect(replay.outcome(of: read) == .equal(candidates: 50))
      }
    }
  }

  @Test func aFlippedBitOfALogitIsFound() throws {
    let some = try #require(try SomeAnswers(1))
    var answer = some.answers[0]
    let inputs = try #require(answer.inputs)
    let replay = AnswerReplay([some.reranker])
    for place in [0, 17, 49] {
      for bit in 0..<31 {
        var logits = inputs.logits
        logits[place] = logits[place].map { $0 ^ 1 << bit }
        answer.inputs = AnswerInputs(
          user: inputs.user, candidates: inputs.candidates, ids: inputs.ids, logits: logits, words: nil)
        guard case .different(place, _, _) = replay.outcome(of: answer) else {
          Issue.record("bit \(bit) of logit \(place)")
          continue
        }
      }
    }
    answer = some.answers[0]
    let first = answer.shown[0]
    answer.shown[0] = .init(
      item: first.item, retrievalScore: 1, logit: Float(bitPattern: first.logit.bitPattern ^ 1))
    #expect(replay.outcome(of: answer) == .shownOtherwise(item: first.item))
  }

  @Test func aFlippedBitOfAnInputIsFound() throws {
    let some = try #require(try SomeAnswers(1))
    let answer = some.answers[0]
    let inputs = try #require(answer.inputs)
    let replay = AnswerReplay([some.reranker])
    for place in inputs.user.vector.indices {
      var user = inputs.user
      user.vector[place] = Float(bitPattern: user.vector[place].bitPattern ^ 1 << 22)
      var changed = answer
      changed.inputs = AnswerInputs(
        user: user, candidates: inputs.candidates, ids: inputs.ids, logits: inputs.logits, words: nil)
      guard case .different = replay.outcome(of: changed) else {
        Issue.record("user vector \(place)")
        continue
      }
    }
    let scores = inputs.candidates.retrievalScores
    for place in [0, 20, 49] {
      var changed = answer
      var flipped = scores
      flipped[place] = Float(bitPattern: flipped[place].bitPattern ^ 1 << 22)
      let candidates = CandidateInputs(
        ids: inputs.candidates.ids, retrievalScores: flipped, reranks: inputs.candidates.reranks,
        columns: inputs.candidates.columns)
      changed.inputs = AnswerInputs(
        user: inputs.user, candidates: candidates, ids: inputs.ids, logits: inputs.logits, words: nil)
      guard case .different(place, _, _) = replay.outcome(of: changed) else {
        Issue.record("retrieval score \(place)")
        continue
      }
    }
  }

  @Test func aFlippedBitOfAWeightIsFound() throws {
    let some = try #require(try SomeAnswers(20))
    // The last byte of the file is the sign and exponent of a weight or bias; the model has another id then.
    let changed = try #require(try SomeAnswers(0) { $0[$0.count - 2] ^= 0x40 })
    #expect(changed.model.id != some.model.id)
    let answers = some.answers.map { answer in
      var answer = answer
      #expect(AnswerReplay([changed.reranker]).outcome(of: answer) == .withoutModel)
      answer.model = changed.model.id
      return answer
    }
    #expect(
      answers.allSatisfy { answer in
        if case .different = AnswerReplay([changed.reranker]).outcome(of: answer) { true } else { false }
      })
  }

  @Test func inputsOfAnotherShapeDoNotFit() throws {
    let some = try #require(try SomeAnswers(1))
    var answer = some.answers[0]
    let inputs = try #require(answer.inputs)
    var user = inputs.user
    user.vector.append(1)
    answer.inputs = AnswerInputs(
      user: user, candidates: inputs.candidates, ids: inputs.ids, logits: inputs.logits, words: nil)
    #expect(AnswerReplay([some.reranker]).outcome(of: answer) == .unfit)
    answer.inputs = nil
    #expect(AnswerReplay([some.reranker]).outcome(of: answer) == .withoutInputs)
  }
}
