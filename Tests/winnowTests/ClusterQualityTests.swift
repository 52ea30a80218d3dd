import Testing

@testable import winnow

@Suite struct ClusterQualityTests {
  @Test func whatAnswersMissIsReadFromTheMetrics() {
    let losses = ClusterQualityVerb.read(
      """
      # HELP winnow_retrieval_measured_total Queries that were asked once more with ten times the candidates.
      winnow_retrieval_measured_total{collection="shop"} 250
      winnow_retrieval_measured_total{collection="shop-2"} 99
      winnow_retrieval_measured_total{collection="third"} 100
      winnow_retrieval_top_total{collection="shop"} 2500
      winnow_retrieval_top_total{collection="shop-2"} 990
      winnow_retrieval_top_total{collection="third"} 1000
      winnow_retrieval_found_total{collection="shop"} 2400
      winnow_retrieval_found_total{collection="third"} 991
      """)
    #expect(
      losses == [
        .init(collection: "shop", queries: 250, results: 2500, found: 2400),
        .init(collection: "shop-2", queries: 99, results: 990, found: 0),
        .init(collection: "third", queries: 100, results: 1000, found: 991),
      ])
    #expect(losses[0].share == 1 - 0.96 && losses[0].advice == "try a greater depth")
    #expect(losses[1].advice.hasPrefix("too few queries") && losses[2].advice == "the depth is enough")
    #expect(ClusterQualityVerb.read("").isEmpty)
  }
}
