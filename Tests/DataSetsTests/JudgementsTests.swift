import Testing

@testable import DataSets

struct JudgementsTests {
  private static func read(_ text: String) throws -> Judgements {
    try Judgements(InputFile(name: "j.tsv", pieces: [Array(text.utf8)])) { id in
      Int(id).flatMap { $0 < 100 ? $0 : nil }
    }
  }

  @Test func rowsAreReadInAnyFormOfATable() throws {
    let rows = [
      Judgements.Judgement(query: 0, item: 7, relevance: 3), .init(query: 1, item: 7, relevance: 2.33),
      .init(query: 0, item: 8, relevance: -1),
    ]
    for text in [
      "query\titem\trelevance\n 3/4\" pipe\t7\t3\nPipe\t7\t2.33\n3/4\" pipe \t8\t-1\n",
      "relevance,query,item\n3,\"3/4\"\" pipe\",7\n2.33,Pipe,7\n-1,\"3/4\"\" pipe\",8\n",
      """
      {"query": "3/4\\" pipe", "item": 7, "relevance": 3}
      {"query": "Pipe", "item": "7", "relevance": 2.33}
      {"item": 8, "query": "3/4\\" pipe", "relevance": -1}
      """,
    ] {
      let judgements = try Self.read(text)
      #expect(judgements.rows == rows && judgements.queries.names == ["3/4\" pipe", "Pipe"])
    }
  }

  @Test(
    arguments: [
      ("query\titem\tgrade\na\t1\t1\n", 1, "", DataError.Kind.header),
      ("query\titem\trelevance\n", nil, "", .noRows),
      ("query\titem\trelevance\na\t1\t1\n\t1\t1\n", 3, "query", .malformed),
      ("query\titem\trelevance\na\u{7}\t1\t1\n", 2, "query", .malformed),
      ("query\titem\trelevance\n\(String(repeating: "a", count: 1025))\t1\t1\n", 2, "query", .malformed),
      ("query\titem\trelevance\na\t\t1\n", 2, "item", .malformed),
      ("query\titem\trelevance\na\t100\t1\n", 2, "item", .conflict),
      ("query\titem\trelevance\na\t1\tgood\n", 2, "relevance", .malformed),
      ("query\titem\trelevance\na\t1\tnan\n", 2, "relevance", .malformed),
      ("query\titem\trelevance\na\t1\t1e39\n", 2, "relevance", .malformed),
      ("query\titem\trelevance\na\t1\t\n", 2, "relevance", .malformed),
      ("query\titem\trelevance\na\t1\t2\nb\t1\t2\na\t1\t3\n", 4, "item", .conflict),
      ("query\titem\trelevance\na\t1\n", 2, "", .malformed),
    ] as [(String, Int?, String, DataError.Kind)])
  func aFaultIsToldWithLineAndColumn(text: String, line: Int?, field: String, kind: DataError.Kind) throws {
    let error = #expect(throws: DataError.self) { try Self.read(text) }
    #expect(error?.file == "j.tsv" && error?.line == line && error?.field == field && error?.kind == kind)
    #expect(error?.advice.isEmpty == false)
  }
}
