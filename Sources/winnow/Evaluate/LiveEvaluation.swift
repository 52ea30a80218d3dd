import DataSets
import Evaluation
import Ranking
import Vocabulary
import WinnowClient

/// Asks a running cluster for every case of a test.
struct LiveEvaluation: Sendable {
  /// The cluster's answers.
  struct Outcome: Sendable {
    /// `nil` where an answer was partial, and is not to be averaged.
    var cases: [RankedCase?] = []
    /// Partial answers by what was missing.
    var partial: [String: Int] = [:]
    /// Users that the cluster's model does not know: they count as misses.
    var unansweredCount = 0
    /// The models that answered.
    var models: Set<UInt64?> = []
  }

  private enum Answer: Sendable {
    case whole(RankedCase, model: UInt64?)
    case partial(String)
    case unanswered
  }

  private struct Asked: Sendable {
    let index: Int
    let result: Result<Answer, WinnowError>
  }

  let client: WinnowClient
  /// With collection, k, depth and budget; the user and the items to leave out come from the case.
  let template: RankQuery
  let test: TestSet
  /// Whether the model knows shoppers by their histories alone: the query brings the history as its session then.
  let bringsHistory: Bool
  /// Queries in flight at most.
  let concurrency: Int

  /// Asks for all cases, in their order.
  ///
  /// - Throws: The first call that failed for good; a user that the model does not know is no failure.
  func run(progress: @Sendable (Int) -> Void) async throws(WinnowError) -> Outcome {
    var answers = [Answer?](repeating: nil, count: test.cases.count)
    var failure: WinnowError?
    await withTaskGroup(of: Asked.self) { group in
      var next = 0
      while next < min(concurrency, answers.count) {
        group.addTask { [next] in await ask(next) }
        next += 1
      }
      var done = 0
      while let asked = await group.next() {
        switch asked.result {
        case .success(let answer): answers[asked.index] = answer
        case .failure(let error): failure = failure ?? error
        }
        done += 1
        progress(done)
        if failure != nil {
          group.cancelAll()
        } else if next < answers.count {
          group.addTask { [next] in await ask(next) }
          next += 1
        }
      }
    }
    if let failure { throw failure }
    return outcome(answers.compactMap { $0 })
  }

  private func outcome(_ answers: [Answer]) -> Outcome {
    var outcome = Outcome()
    for (index, answer) in answers.enumerated() {
      switch answer {
      case .whole(let ranked, let model):
        outcome.cases.append(ranked)
        outcome.models.insert(model)
      case .partial(let cause):
        outcome.cases.append(nil)
        outcome.partial[cause, default: 0] += 1
      case .unanswered:
        outcome.cases.append(.unanswered(test.cases[index]))
        outcome.unansweredCount += 1
      }
    }
    return outcome
  }

  /// A case that was asked for. In a function of its own: inside the closure of its task, Swift 6.3 makes a trap of it when it
  /// optimises.
  private func ask(_ index: Int) async -> Asked {
    do throws(WinnowError) { return Asked(index: index, result: .success(try await answer(index))) } catch {
      return Asked(index: index, result: .failure(error))
    }
  }

  private func answer(_ index: Int) async throws(WinnowError) -> Answer {
    let test = test.query(index)
    var query = template
    query.user = test.user
    query.exclude = test.excluded
    if bringsHistory { query.sessionItems = self.test.givenItems(of: test.userIndex).suffix(Limits.sessionItemsMax) }
    query.context = test.eventContext.context.sorted { $0.key < $1.key }.map { name, value in
      switch value {
      case .number(let number): (name, .number(number))
      case .word(let word): (name, .keyword(word.text))
      }
    }
    let answer: RankAnswer
    do throws(WinnowError) { answer = try await client.rank(query) } catch {
      guard error.name == "UNKNOWN_USER" else { throw error }
      return .unanswered
    }
    if let cause = Self.gap(answer) { return .partial(cause) }
    return .whole(
      RankedCase(relevant: test.relevant, first: answer.results.map(\.item)), model: answer.report.model)
  }

  /// Why an answer is not whole; `nil` if it is.
  private static func gap(_ answer: RankAnswer) -> String? {
    let report = answer.report
    if !answer.isRanked { return "no model serves the collection" }
    if !report.isComplete {
      return report.missing.map { "shard \($0.shard.rawValue): \($0.cause)" }.joined(separator: ", ")
    }
    if report.reranked < report.candidates { return "time was too short to re-rank all candidates" }
    return answer.isExact ? nil : "time was too short to prove the candidates"
  }
}
