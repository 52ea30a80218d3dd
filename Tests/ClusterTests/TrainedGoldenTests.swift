import Foundation
import Ranking
import Support
import Testing

extension ClusterSuite {
  /// The model directory, and with it the data set, that version 1 wrote: every later version reads it and learns on.
  @Suite struct TrainedGoldenTests {
    private let directory = TemporaryDirectory()
    private let golden = GoldenFolder("training-1")

    private func winnow(_ arguments: String...) async throws -> (code: Int32, text: String) {
      let process = try ProgramProcess("winnow", arguments)
      return (try await process.exitCode(within: 120), process.output + process.errors)
    }

    /// Writes a log of users of two tastes.
    private func log(_ name: String, users: Range<Int>, time: Int) throws -> String {
      var random = SeededRandom(seed: 5)
      let rows = users.flatMap { user in
        var items = Array(user % 2 * 8..<user % 2 * 8 + 8)
        items.shuffle(using: &random)
        return items.prefix(5).enumerated().map { "u\(user)\ti\($1)\t\(time + $0 * 60 + user)" }
      }
      let path = "\(directory.path)/\(name)"
      try Data((["user\titem\ttime"] + rows).joined(separator: "\n").utf8).write(to: URL(filePath: path))
      return path
    }

    @Test func theTrainingOfVersionOneIsReadAndLearnsOn() async throws {
      let model = "\(directory.path)/model"
      if GoldenFolder.isWanted {
        let data = "\(directory.path)/data"
        let log = try log("log.tsv", users: 0..<24, time: 1_600_000_000)
        #expect(try await winnow("import", "tsv", "--out", data, log).code == 0)
        let trained = try await winnow(
          "train", data, "--out", model, "--dimension", "4", "--rerank-dimension", "4", "--layers", "6", "--epochs",
          "3", "--patience", "0", "--depth", "10", "--batch", "32")
        #expect(trained.code == 0, "\(trained.text)")
        for name in try GoldenFolder.names(below: model) {
          try golden.write(name, Array(try Data(contentsOf: URL(filePath: "\(model)/\(name)"))))
        }
        try FileManager.default.removeItem(atPath: model)
      }
      try golden.copy(to: model)
      #expect(try GoldenFolder.names(below: model).count == 13)
      func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: "\(model)/\(name)"))) }
      let read = try Model.load(
        manifest: bytes("manifest.json"), weights: bytes("weights.safetensors"), users: bytes("users.safetensors"))
      #expect(read.users.count == 24)
      let valid = try await winnow("validate", model)
      #expect(valid.text.contains("24 users"), "\(valid)")
      let newer = try log("newer.tsv", users: 20..<28, time: 1_700_000_000)
      let next = try await winnow(
        "train", "--from", model, "--out", "\(directory.path)/next", "--epochs", "2", newer)
      #expect(next.code == 0 && next.text.contains("28 users"), "\(next)")
    }
  }
}
