import Arguments
import DataSets
import Evaluation
import JSON
import Vocabulary

/// `winnow evaluate --log`: what a policy would have earned, from the log of another one.
struct LogEvaluation {
  private static let uniform = "uniform"

  private let path: String
  private let policy: String
  private let table: ChoiceTable
  private let estimate: OffPolicyEstimate
  private let actionCount: Int

  /// - Throws: a log that cannot be read, or a policy that is none.
  init(_ session: Session, _ path: String) throws(Failure) {
    self.path = path
    policy = session[EvaluateVerb.model]
    let column = policy.after("column:")
    guard policy == Self.uniform || column?.isEmpty == false else {
      throw session.usage(
        EvaluateVerb.model, "is, with --log, a policy: uniform, or column:NAME with a column of its probabilities")
    }
    var format = TableFormat()
    let columns = session[EvaluateVerb.logColumns]
    if !columns.isEmpty { format.columns = columns }
    do throws(DataError) { table = try ChoiceTable(InputFile(path), format, target: column) } catch {
      throw Failure(error)
    }
    actionCount = session[EvaluateVerb.actions] ?? table.items.count
    guard actionCount >= table.items.count else {
      throw session.usage(EvaluateVerb.actions, "is less than the \(table.items.count) items of the log")
    }
    let chance = 1 / Double(actionCount)
    let choices = table.rows.enumerated().map { index, row in
      LoggedChoice(
        action: row.item, place: row.place, reward: row.reward, propensity: row.propensity,
        target: row.target ?? chance, unit: row.user ?? index)
    }
    estimate = OffPolicyEstimate(
      choices, rewards: column == nil ? RewardModel(uniformOver: actionCount, choices) : nil,
      seed: UInt64(session[EvaluateVerb.seed]))
  }

  private var estimators: [(name: String, key: String, interval: Bootstrap.Interval)] {
    [
      ("as it was logged", "logged", estimate.logged), ("inverse propensity (IPS)", "ips", estimate.ips),
      ("self-normalised (SNIPS)", "snips", estimate.snips),
    ] + (estimate.doublyRobust.map { [("doubly robust", "doubly_robust", $0)] } ?? [])
  }

  var json: JSON {
    .object(
      [
        ("log", .text(path)), ("policy", .text(policy)), ("choices", .int(table.rows.count)),
        ("actions", .int(actionCount)), ("places", .int(table.places.count)),
        ("effective_choices", .number(estimate.effectiveCount)), ("greatest_weight", .number(estimate.weightMax)),
      ]
        + estimators.map { _, key, interval in
          (
            key,
            .object([
              ("mean", .number(interval.mean)), ("low", .number(interval.low)), ("high", .number(interval.high)),
            ])
          )
        })
  }

  var text: String {
    var rows = Table([("estimate", .left), ("earned per choice", .right), ("95 % interval", .left)])
    for (name, _, interval) in estimators {
      rows.add([name, Text.fixed(interval.mean, 5), "\(Text.fixed(interval.low, 5)) … \(Text.fixed(interval.high, 5))"])
    }
    return
      "policy \(policy.visible) from \(Text.grouped(table.rows.count)) choices among \(Text.grouped(actionCount)) items at "
      + "\(Text.grouped(table.places.count)) places in \(path.visible)\n" + rows.text
      + "the weights leave as much as \(Text.grouped(Int(estimate.effectiveCount))) choices of the policy itself would say; "
      + "the greatest is \(Text.fixed(estimate.weightMax, 1))\n"
      + (estimate.effectiveCount < 100 ? "these are few: the intervals may be too narrow\n" : "")
  }
}
