import Arguments
import DataSets
import Evaluation
import JSON
import Vocabulary

/// `winnow log compare`: what shoppers did with two models, side by side.
enum LogCompareVerb {
  static let by = Flag("by", .string, "The column that names the arms.", default: "model", placeholder: "COLUMN")
  static let effect = Flag(
    "effect", .double(1e-4...10),
    "The gain that is looked for, as a share of what A has; chosen before the first look.",
    default: "0.02")
  static let share = Flag("share", .double(0.01...0.99), "The share of shoppers that are to be in B.", default: "0.5")
  static let log = Positional("LOG", .file, "A log that 'winnow log export' wrote, of all impressions.")
  static let a = Positional("A", .string, "The arm to compare with.")
  static let b = Positional("B", .string, "The arm in question.")

  static let verb = Verb(
    command: Command(
      name: "compare", summary: "Compare what shoppers did with two models, with intervals that hold at every look",
      details: """
        Arms are values of --by: names of arms, ids of models, or generations. Each shopper counts once, with all of what \
        came of the impressions; shoppers that both arms have answered are left out. The intervals hold 95 of 100 \
        experiments however often they are looked at while the log grows, and are narrowest at the size that --effect \
        needs. Exit code 4 if shoppers have not come to the arms by --share: then the comparison says nothing.
        """,
      flags: [by, effect, share], positionals: [log, a, b]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let table: ImpressionTable
    do throws(DataError) { table = try ImpressionTable(InputFile(session[Self.log]), arm: session[Self.by]) } catch {
      throw Failure(error)
    }
    let names = [session[Self.a], session[Self.b]]
    for (name, argument) in zip(names, [Self.a, Self.b]) where table.shoppers(of: name).isEmpty {
      throw session.usage(
        argument,
        "has answered no shopper of the log alone; the arms of \(session[Self.by]) are: "
          + table.arms.map(\.visible).joined(separator: ", "))
    }
    let comparison = ArmComparison(
      table.shoppers(of: names[0]), table.shoppers(of: names[1]), share: session[Self.share],
      effect: session[Self.effect])
    session.print(
      json(comparison, names, table.sharedCount), human: text(comparison, names, table.sharedCount))
    return comparison.keepsShares ? .ok : .thresholdMissed
  }

  private static func json(_ comparison: ArmComparison, _ names: [String], _ both: Int) -> JSON {
    .object([
      ("arms", .list(zip(names, comparison.counts).map { .object([("name", .text($0)), ("shoppers", .int($1))]) })),
      ("in_both", .int(both)), ("shares_kept", .bool(comparison.keepsShares)),
      (
        "actions",
        .list(
          comparison.actions.map { action in
            .object([
              ("action", .text(action.action.word)), ("a", .number(action.means.a)), ("b", .number(action.means.b)),
              ("difference", action.difference.map { .number($0.mean) } ?? .null),
              ("low", action.difference.map { .number($0.low) } ?? .null),
              ("high", action.difference.map { .number($0.high) } ?? .null),
              ("shoppers_needed", action.needed.map { .int($0) } ?? .null),
            ])
          })
      ),
    ])
  }

  private static func text(_ comparison: ArmComparison, _ names: [String], _ both: Int) -> String {
    var table = Table([
      ("per shopper", .left), ("A", .right), ("B", .right), ("B − A", .right), ("95 % at every look", .left),
      ("", .left),
      ("shoppers needed", .right),
    ])
    for action in comparison.actions {
      let verdict =
        action.difference.map { !$0.excludesZero ? "no difference yet" : $0.mean > 0 ? "B is better" : "A is better" }
      table.add([
        action.action.word, Text.fixed(action.means.a, 4), Text.fixed(action.means.b, 4),
        action.difference.map { Text.fixed($0.mean, 4) } ?? "–",
        action.difference.map { "\(Text.fixed($0.low, 4)) … \(Text.fixed($0.high, 4))" } ?? "–", verdict ?? "too few",
        action.needed.map { Text.grouped($0) } ?? "–",
      ])
    }
    return "A \(names[0].visible): \(Text.grouped(comparison.counts[0])) shoppers; B \(names[1].visible): "
      + "\(Text.grouped(comparison.counts[1])); \(Text.grouped(both)) were answered by both and left out\n" + table.text
      + (comparison.keepsShares
        ? "" : "shoppers have not come to the arms by their shares: the comparison says nothing\n")
  }
}
