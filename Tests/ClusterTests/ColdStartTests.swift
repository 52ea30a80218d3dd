import Foundation
import Support
import Testing
import Wire

extension ClusterSuite {
  /// Shoppers that a model has never met, from the log to the answer.
  @Suite struct ColdStartTests {
    private func winnow(_ arguments: [String]) async throws -> [String: Any] {
      let process = try ProgramProcess("winnow", ["--format", "json", "--timeout", "20s"] + arguments)
      let code = try await process.exitCode(within: 300)
      #expect(code == 0, "\(arguments): \(process.output)\(process.errors)")
      return try JSONSerialization.jsonObject(with: Data(process.output.utf8)) as? [String: Any] ?? [:]
    }

    @Test func aShopperWhomTheModelHasNeverMetGetsProbabilitiesThatHold() async throws {
      let directory = TemporaryDirectory()
      let (shop, data, model) = ("\(directory.path)/shop", "\(directory.path)/data", "\(directory.path)/model")
      _ = try await winnow(["import", "synthetic", "--items", "300", "--users", "150", "--seed", "7", "--out", shop])
      _ = try await winnow([
        "import", "tsv", "--items", "\(shop)/items.jsonl", "--users", "\(shop)/users.jsonl", "--out", data,
        "\(shop)/events.tsv",
      ])
      let trained = try await winnow([
        "train", "--segment", "segment", "--hold-out", "last", "--epochs", "3", "--patience", "0", "--dimension", "16",
        "--tower-epochs", "6", "--rerank-dimension", "8", "--layers", "16", "--depth", "60", "--out", model, data,
      ])
      let strangers = try #require(trained["strangers"] as? [String: Any])
      let probabilities = try #require(strangers["probabilities"] as? [String: Any])
      let bins = try #require(probabilities["bins"] as? [[String: Any]])
      #expect(bins.count == 10)
      // Of each pair of an event and eight negatives one in nine is the event: and that is said on the mean.
      let predicted = bins.compactMap { $0["predicted"] as? Double }.reduce(0, +) / 10
      #expect(abs(predicted - 1.0 / 9) < 0.05, "\(bins)")

      let report = try await winnow(["evaluate", "--cold", "--split", "last", "--depth", "60", model, data])
      let cold = try #require(report["cold"] as? [String: Any])
      let rows = try #require(cold["rows"] as? [[String: Any]])
      #expect(rows.map { $0["known_events"] as? Int } == [0, 1, 2, 5, 10])
      #expect(rows.allSatisfy { ($0["differences"] as? [String: Any])?["ndcg@10"] is [String: Double] })
      #expect((cold["probabilities"] as? [String: Any])?["bins"] is [[String: Any]])

      try await ProcessCluster.run { cluster in
        try await cluster.waitUntil("all shards are up") { $0.shards.allSatisfy { $0.state == .up } }
        let at = ["--coordinator", cluster.address]
        _ = try await winnow(at + ["collection", "create", "shop", "--schema", "\(model)/schema.json"])
        _ = try await winnow(
          at + [
            "feed", "--collection", "shop", "--complete", "--vectors", "\(model)/items.safetensors",
            "\(model)/items.jsonl",
          ])
        _ = try await winnow(at + ["model", "push", "--collection", "shop", model])
        func ask(_ flags: [String]) async throws -> (source: String?, probabilities: [Double]) {
          let answer = try await winnow(
            at + ["query", "--collection", "shop", "--user", "987654321", "--k", "20", "--depth", "60"] + flags)
          let results = try #require(answer["results"] as? [[String: Any]])
          return (
            (answer["report"] as? [String: Any])?["query_source"] as? String,
            results.compactMap { $0["probability"] as? Double }
          )
        }
        // First by the session, else like the segment, else by what sells.
        let segment = ["--context", "segment=outdoor"]
        let asked = [("popularity", []), ("segment", segment), ("session", ["--session", "3,8"] + segment)]
        for (source, flags) in asked {
          let answer = try await ask(flags)
          #expect(answer.source?.contains(source) == true, "\(String(describing: answer.source))")
          #expect(answer.probabilities.count == 20 && Set(answer.probabilities).count > 10)
          let mean = answer.probabilities.reduce(0, +) / 20
          #expect(mean > 0.01 && mean < 0.9 && answer.probabilities[0] < 0.99, "\(source): \(answer.probabilities)")
        }
        // Only a number caps categories.
        let capped = try await winnow(
          at + ["query", "--collection", "shop", "--user", "987654321", "--k", "5", "--most-per", "1"])
        let categories = (capped["results"] as? [[String: Any]] ?? []).compactMap {
          ($0["attributes"] as? [String: Any])?["category"] as? String
        }
        #expect(Set(categories).count == categories.count && categories.count > 2, "\(categories)")
      }
    }
  }
}
