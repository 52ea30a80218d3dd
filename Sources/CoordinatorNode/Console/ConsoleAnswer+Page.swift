import Wire

extension ConsoleAnswer {
  /// What became of the wishes of a search page.
  var page: JSONText {
    let page = response.report.page
    return .object([
      ("total", .count(page.total)),
      (
        "facets",
        .list(
          page.facets.map { facet in
            .object([
              ("attribute", .text(facet.attribute)), ("exact", .bool(facet.isExact)), ("other", .count(facet.other)),
              (
                "values",
                .list(
                  zip(facet.values, facet.counts).map { .object([("value", .text($0)), ("count", .count($1))]) })
              ),
            ])
          })
      ),
      (
        "rules",
        .list(
          page.rules.map {
            .object([
              ("rule", .text($0.name)), ("outcome", .text($0.outcome.words)), ("message", .text($0.message)),
            ])
          })
      ),
      (
        "steps",
        .list(
          page.steps.map {
            .object([("step", .text($0.kind.words)), ("moved", .count($0.moved)), ("cost", .float($0.cost))])
          })
      ),
    ])
  }

  /// By how many places steps have moved a result.
  func moves(_ row: Int) -> JSONText {
    .list(
      response.report.page.moves.filter { Int($0.result) == row }.map {
        .object([("step", .text($0.kind.words)), ("places", .count($0.places))])
      })
  }
}
