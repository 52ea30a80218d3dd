import Evaluation
import JSON

/// The fairness of results: exposure by groups of items, quality by groups of users.
struct FairnessReport {
  /// Groups of people or items shown to people at most; programs get all.
  private static let rowsMax = 10

  let k: Int
  /// Without the cap, and with it if there is one.
  private(set) var exposures: [(plain: Exposure, capped: Exposure?)] = []
  private(set) var users: [UserGroups] = []

  mutating func add(_ plain: Exposure, capped: Exposure?) { exposures.append((plain, capped)) }

  mutating func add(_ groups: UserGroups) { users.append(groups) }

  var text: String {
    var text = ""
    for (exposure, capped) in exposures {
      var table = Table(
        [
          ("exposure by \(exposure.name)", .left), ("items", .right), ("wanted", .right), ("shown", .right),
          ("shown less wanted", .left),
        ] + (capped == nil ? [] : [("shown under the cap", .left)]), widthMax: 60)
      for group in exposure.groups.prefix(Self.rowsMax) {
        let gap = group.gap.map {
          "\(Self.points($0.mean)) (\(Self.points($0.low))…\(Self.points($0.high))) points"
        }
        let change = capped.map { capped in
          "\(Self.percent(capped[group.label])), \(Self.points(capped[group.label] - group.exposure)) points"
        }
        table.add(
          [
            group.label, Text.grouped(Int(group.items.rounded())), Self.percent(group.relevance),
            Self.percent(group.exposure), gap ?? "",
          ] + (change.map { [$0] } ?? []))
      }
      text += "\n" + table.text + Self.rest(exposure.groups.count)
    }
    for grouping in users {
      var table = Table(
        [("users by \(grouping.name)", .left), ("users", .right), ("NDCG@\(k)", .left), ("above the mean by", .left)],
        widthMax: 60)
      for group in grouping.groups.prefix(Self.rowsMax) {
        table.add([
          group.label, Text.grouped(group.cases), EvaluationReport.interval(group.value),
          (group.gap < 0 ? "" : "+") + Text.fixed(group.gap, 4),
        ])
      }
      text += "\n" + table.text + Self.rest(grouping.groups.count)
    }
    return text
  }

  var json: JSON {
    .object([
      ("k", .int(k)),
      (
        "items",
        .list(
          exposures.map { exposure, capped in
            .object([
              ("attribute", .text(exposure.name)),
              ("groups", .list(exposure.groups.map { Self.json($0, capped: capped?[$0.label]) })),
            ])
          })
      ),
      (
        "users",
        .list(
          users.map { grouping in
            .object([
              ("attribute", .text(grouping.name)),
              (
                "groups",
                .list(
                  grouping.groups.map { group in
                    .object([
                      ("group", .text(group.label)), ("cases", .int(group.cases)),
                      ("ndcg@\(k)", EvaluationReport.json(group.value)), ("gap", .number(group.gap)),
                    ])
                  })
              ),
            ])
          })
      ),
    ])
  }

  private static func json(_ group: Exposure.Group, capped: Double?) -> JSON {
    .object(
      [
        ("group", .text(group.label)), ("items", .number(group.items)), ("relevance", .number(group.relevance)),
        ("exposure", .number(group.exposure)), ("gap", EvaluationReport.json(group.gap)),
      ] + (capped.map { [("capped_exposure", .number($0))] } ?? []))
  }

  private static func rest(_ count: Int) -> String {
    count > rowsMax ? "  and \(Text.grouped(count - rowsMax)) groups with smaller gaps\n" : ""
  }

  private static func percent(_ share: Double) -> String { Text.fixed(100 * share, 1) + " %" }

  private static func points(_ share: Double) -> String { (share < 0 ? "" : "+") + Text.fixed(100 * share, 1) }
}
