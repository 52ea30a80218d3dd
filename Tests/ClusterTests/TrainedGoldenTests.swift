import Foundation
import Ranking
import Support
import Testing
import Towers
import Vocabulary

extension ClusterSuite {
  /// Model directories, and with them the data sets, that earlier versions wrote: every later version reads them and
  /// learns on.
  @Suite struct TrainedGoldenTests {
    private let directory = TemporaryDirectory()

    private func winnow(_ arguments: [String]) async throws -> (code: Int32, text: String) {
      let process = try ProgramProcess("winnow", arguments)
      return (try await process.exitCode(within: 120), process.output + process.errors)
    }

    /// Writes a log of users of two tastes.
    private func log(_ name: String, users: Range<Int>, time: Int, apart seconds: Int = 60) throws -> String {
      var random = SeededRandom(seed: 5)
      let rows = users.flatMap { user in
        var items = Array(user % 2 * 8..<user % 2 * 8 + 8)
        items.shuffle(using: &random)
        return items.prefix(5).enumerated().map { "u\(user)\ti\($1)\t\(time + $0 * seconds + user)" }
      }
      let path = "\(directory.path)/\(name)"
      try Data((["user\titem\ttime"] + rows).joined(separator: "\n").utf8).write(to: URL(filePath: path))
      return path
    }

    /// A directory, and the flags that made it.
    struct Golden: Sendable, CustomTestStringConvertible {
      let name: String
      let flags: [String]
      /// Between two events of a user.
      let secondsApart: Int
      let fileCount: Int
      var testDescription: String { name }
    }

    private static let common = [
      "--dimension", "4", "--rerank-dimension", "4", "--layers", "6", "--epochs", "3", "--patience", "0", "--depth",
      "10", "--batch", "32",
    ]

    static let all = [
      Golden(name: "training-1", flags: common, secondsApart: 60, fileCount: 13),
      Golden(
        name: "training-2",
        flags: common + [
          "--tower", "history", "--encoder", "attention", "--mixed", "--tower-length", "3", "--tower-blocks", "1",
          "--tower-epochs", "3", "--tower-negatives", "8", "--keep-known",
        ], secondsApart: 86_400, fileCount: 14),
    ]

    /// Makes a directory that is not there yet.
    private func make(_ golden: Golden, at model: String) async throws {
      let data = "\(directory.path)/data"
      let log = try log("log.tsv", users: 0..<24, time: 1_600_000_000, apart: golden.secondsApart)
      #expect(try await winnow(["import", "tsv", "--out", data, log]).code == 0)
      let trained = try await winnow(["train", data, "--out", model] + golden.flags)
      #expect(trained.code == 0, "\(trained.text)")
      for name in try GoldenFolder.names(below: model) {
        try GoldenFolder(golden.name).write(
          name, Array(try Data(contentsOf: URL(filePath: "\(model)/\(name)"))))
      }
      try FileManager.default.removeItem(atPath: model)
    }

    @Test(arguments: all) func theTrainingOfAnEarlierVersionIsReadAndLearnsOn(golden: Golden) async throws {
      let model = "\(directory.path)/model"
      let folder = GoldenFolder(golden.name)
      if GoldenFolder.isWanted, (try? folder.files()) == nil { try await make(golden, at: model) }
      try folder.copy(to: model)
      #expect(try GoldenFolder.names(below: model).count == golden.fileCount)
      let read = try load(model)
      #expect(read.users.count == 24)
      let valid = try await winnow(["validate", model])
      #expect(valid.text.contains("24 users"), "\(valid)")
      let newer = try log("newer.tsv", users: 20..<28, time: 1_700_000_000, apart: golden.secondsApart)
      let next = try await winnow(
        ["train", "--from", model, "--out", "\(directory.path)/next", "--epochs", "2", newer])
      #expect(next.code == 0 && next.text.contains("28 users"), "\(next)")
    }

    private func load(_ model: String) throws -> Model {
      func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: "\(model)/\(name)"))) }
      return try Model.load(
        manifest: bytes("manifest.json"), weights: bytes("weights.safetensors"), users: bytes("users.safetensors"),
        tower: try? bytes("tower.safetensors"))
    }

    @Test func theTowerOfAnEarlierVersionFoldsEventsInAsItDid() throws {
      let folder = GoldenFolder("training-2")
      let model = try load(folder.path)
      let tower = try #require(model.tower)
      let file = try #require(folder.files().first { $0.name == "items.safetensors" })
      let items = try ItemVectors(file.bytes, for: model.manifest.collection)
      func event(_ id: UInt64) throws -> Tower.Event {
        let place = try #require(items.ids.firstIndex(of: ItemID(id)))
        return Tower.Event(Array(items.embeddings[place * 4..<(place + 1) * 4]), weight: 1)
      }
      let id = try #require(model.users.firstIDs(1).first)
      let (user, state) = try (#require(model.users[UserID(id)]), #require(model.users.state(of: UserID(id))))
      // Each has had five different items once.
      #expect(state.history.count == 3 && user.owned.ids.count == 5)
      #expect(user.owned.ids.allSatisfy { user.owned[$0]?.count == 1 })
      let query = tower.query(
        from: user.query, stored: try state.history.suffix(2).map(event), session: [try event(items.ids[0].rawValue)])
      for (ours, expected) in zip(query, Self.query) { #expect(abs(Double(ours) - expected) < 1e-6) }
    }

    /// What numpy makes of the directory in float64 by the page on the arithmetic.
    private static let query = [
      -0.042_675_612_415, -0.578_467_064_062, 0.041_787_481_477, 0.627_916_968_979,
    ]
  }
}
