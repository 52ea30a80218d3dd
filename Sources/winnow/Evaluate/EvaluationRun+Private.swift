import Arguments
import Bytes
import Evaluation
import JSON
import Privacy
import Storage
import Vocabulary

extension EvaluationRun {
  /// Prints figures under noise, and no exact ones.
  func tellPrivately(_ text: String) throws(Failure) -> ExitCode {
    try session.refuse(
      [
        EvaluateVerb.cold, EvaluateVerb.baselines, EvaluateVerb.against, EvaluateVerb.require, EvaluateVerb.fairness,
        EvaluateVerb.userGroup, EvaluateVerb.mostPer, EvaluateVerb.live,
      ], "with --private, which prints a few means alone")
    guard test.options.candidates == .catalogue else {
      throw session.usage(EvaluateVerb.isPrivate, "needs one case a user: leave out --protocol ncf")
    }
    let terms: PrivacyTerms
    do throws(PrivacyError) {
      terms = try PrivacyTerms(text.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
      try terms.check(users: test.cases.count)
    } catch { throw session.usage(EvaluateVerb.isPrivate, "needs another value: \(error.message)") }
    guard let sigma = RenyiCurve.sigma(epsilon: terms.epsilon, delta: terms.delta) else {
      throw session.usage(EvaluateVerb.isPrivate, "has an epsilon so small that no noise is enough")
    }
    let k = ks[0]
    let metrics = [Metric.hitRate(k), .ndcg(k)]
    let cases = ranker().cases
    let key = NoiseKey(random: SystemKey.bytes(NoiseKey.byteCount))
    let mechanism = PrivateFigures.mechanism(sigma: sigma)
    let directory = try EvaluateVerb.dataDirectory(session)
    let entry = try Failure.wrap { () throws(PrivacyError) in
      try PrivacyLedger.enter(
        PrivacyLedger.Release(
          purpose: "evaluate", mechanisms: [mechanism], terms: terms, key: key,
          subject: ContentHash.sha256(Array(text.utf8))),
        directory, on: RealDisk())
    }
    let figures = PrivateFigures(
      metrics.map { metric in cases.map { metric.value($0) ?? 0 } }, mechanism, key)
    session.print(
      .object(
        zip(metrics, figures.means).map { ($0.key, .number($1)) } + [
          ("deviation", .number(figures.deviation)), ("epsilon", .number(terms.epsilon)),
          ("delta", .number(terms.delta)), ("release", .int(entry.number)),
          ("total_epsilon", .number(entry.totalEpsilon)),
        ]),
      human: zip(metrics, figures.means).map { "  \($0.name.padded(12)) \(Text.fixed($1, 4))\n" }.joined()
        + "under noise of \(Text.fixed(figures.deviation, 4)): epsilon \(PrivacyLedger.text(terms.epsilon)) at delta "
        + "\(terms.delta), release \(entry.number), epsilon of all releases "
        + "\(PrivacyLedger.text(entry.totalEpsilon))\n")
    return .ok
  }
}
