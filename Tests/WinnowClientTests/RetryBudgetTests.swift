import Support
import Testing
import Transport
import Vocabulary
import Wire

@testable import WinnowClient

struct RetryBudgetTests {
  @Test func tenCallsPayForOneAttempt() {
    var budget = RetryBudget()
    var saved = 0
    while budget.spend() { saved += 1 }
    #expect(saved == RetryBudget.savedFirst)
    for _ in 0..<9 { budget.save() }
    var spent = [budget.spend()]
    budget.save()
    spent += [budget.spend(), budget.spend()]
    #expect(spent == [false, true, false])
    for _ in 0..<2000 { budget.save() }
    saved = 0
    while budget.spend() { saved += 1 }
    #expect(saved == RetryBudget.savedMax, "what is saved up is bounded")
  }

  /// A cluster that refuses everybody gets a tenth more, not three times as much.
  @Test func stormOfRetriesIsATenthOfTheCalls() throws {
    let (attempts, count, told) = try ScriptedServer.run { _, _ in
      .failure(WireError(.overloaded, retryAfterMilliseconds: 5))
    } body: { client, server, _ in
      var told: [Int: Int] = [:]
      for _ in 0..<500 {
        let error = await CallTests.error { () throws(WinnowError) in
          _ = try await client.rank(RankQuery(collection: "shop"))
        }
        #expect(error?.name == "OVERLOADED")
        told[error?.attempts ?? 0, default: 0] += 1
      }
      return (client.attempts, server.count, told)
    }
    #expect(attempts.calls == 500)
    #expect(attempts.retries <= 50 + UInt64(RetryBudget.savedFirst) && attempts.retries >= 50)
    #expect(count == 500 + Int(attempts.retries))
    #expect(attempts.withheld > 0)
    #expect(told[1, default: 0] > 400, "most are told at once: \(told)")
  }

  /// What the client may still do after a storm: the same as before, once calls have paid for it.
  @Test func budgetComesBackWithCallsThatSucceed() throws {
    let attempts = try ScriptedServer.run { _, count in
      (20..<400).contains(count) || count % 100 != 1
        ? .reply(MetricsResponse(text: "winnow 1\n").body) : .failure(WireError(.overloaded))
    } body: { client, _, _ in
      for _ in 0..<500 { _ = try await client.metrics() }
      return client.attempts
    }
    #expect(attempts.withheld == 0 && attempts.retries > 0)
  }
}
