import Foundation
import Kernels
import Ranking
import Support
import Testing
import Vocabulary

extension ClusterSuite {
  /// Models go from other programs to ours and back by files alone.
  @Suite(.needsPythonPackages) struct OtherTrainersTests {
    private let directory = TemporaryDirectory()

    private func bytes(_ name: String) throws -> [UInt8] {
      [UInt8](try Data(contentsOf: URL(filePath: "\(directory.path)/\(name)")))
    }

    private func write(_ name: String, _ bytes: [UInt8]) throws {
      try Data(bytes).write(to: URL(filePath: "\(directory.path)/\(name)"))
    }

    /// The lines of the page that a reader may copy.
    private static func example() throws -> String {
      let page = URL(filePath: Python.folder).deletingLastPathComponent().appending(path: "08-files/trainers.md")
      let parts = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "```python\n")
      try #require(parts.count == 2)
      return try #require(parts[1].components(separatedBy: "```").first)
    }

    @Test func numpysModelHasNumpysScores() async throws {
      let example = try Self.example()
      #expect(example.split(separator: "\n", omittingEmptySubsequences: false).count <= 41)
      let scores = "for logit in (np.maximum(x @ w0.T + b0, 0) @ w1.T + b1)[:, 0]: print(logit)\n"
      let program = "import os, sys\nos.chdir(sys.argv[1])\n" + example + scores
      let printed = try await PythonPackages.run(program, [directory.path])
      let theirs = printed.split(separator: "\n").compactMap { Double($0) }
      let model = try Model.load(
        manifest: bytes("model/manifest.json"), weights: bytes("model/weights.safetensors"),
        users: bytes("model/users.safetensors"))
      let schema = try CollectionSchema.read(json: bytes("model/schema.json"))
      try model.manifest.check(against: schema)
      let items = try ItemVectors(bytes("model/items.safetensors"), for: schema)
      let prices = try bytes("model/items.jsonl").split(separator: 0x0A).map { line in
        try JSONDecoder().decode([String: Double].self, from: Data(line))["price"].map { AttributeValue.float($0) }
      }
      #expect(theirs.count == model.users.count * items.ids.count && items.ids.count > 50 && model.users.count > 50)

      let twin = try twin(model.manifest)
      let reranker = Reranker(model)
      let r = schema.rerankDimension
      var largest = 0.0
      for index in 0..<model.users.count {
        let user = try #require(model.users[UserID(UInt64(index + 1))])
        let scores = reranker.rerank(
          CandidateInputs(
            retrievalScores: [Float](repeating: 0, count: items.ids.count), reranks: items.reranks, columns: [prices]),
          user: user)
        for (place, score) in scores.enumerated() {
          let logit = try #require(score).value
          largest = max(largest, abs(Double(logit) - theirs[index * items.ids.count + place]))
          guard (index + place) % 7 == 0 else { continue }
          let item = Item(
            id: items.ids[place], embedding: [], rerank: Array(items.reranks[place * r..<(place + 1) * r]),
            attributes: [prices[place]])
          let slow = twin.logit(twin.inputs(user, item, score: 0, schema: schema, context: [:]))
          #expect(logit.bitPattern == slow.bitPattern)
        }
      }
      #expect(largest < 1e-5, "\(largest)")
      // A model that says the same of everything would pass as well.
      #expect((theirs.max() ?? 0) - (theirs.min() ?? 0) > 2)
    }

    /// The slow twin of the model in the directory.
    private func twin(_ manifest: Manifest) throws -> SlowModel {
      let weights = try SafetensorsFile(bytes("model/weights.safetensors"), as: .weights)
      var twin = SlowModel(manifest)
      var inputs = manifest.inputCount
      for (index, layer) in manifest.layers.enumerated() {
        twin.weights.append(try weights.floats("layers.\(index).weight", shape: [layer.out, inputs]))
        twin.biases.append(try weights.floats("layers.\(index).bias", shape: [layer.out]))
        inputs = layer.out
      }
      return twin
    }

    @Test func pythonsSafetensorsReadsEveryTypeThatWeWrite() async throws {
      let values: [Float] = [1, -2.5, 0.1, 0x1p-130, -3e38, 7]
      var file = SafetensorsWriter()
      file.add("id", [3, .max])
      file.add("plain", values, shape: [2, 3])
      file.add(bfloat16: "half", values, shape: [3, 2])
      file.add(int8: "byte", [127, -127, 64, 2, 0, -2], shape: [2, 3])
      file.add("empty", [], shape: [0, 4])
      try write("ours.safetensors", file.file())
      let program = """
        import sys, safetensors
        for name, tensor in sorted(safetensors.deserialize(open(sys.argv[1], "rb").read())):
            print(name, tensor["dtype"], tensor["shape"], bytes(tensor["data"]).hex())
        """
      let lines = try await PythonPackages.run(program, ["\(directory.path)/ours.safetensors"]).split(separator: "\n")
      func hex(_ values: [some FixedWidthInteger]) -> String {
        values.flatMap { value in (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
          .map { String(format: "%02x", $0) }.joined()
      }
      let halves: [UInt16] = [0x3F80, 0xC020, 0x3DCD, 0x0008, 0xFF62, 0x40E0]
      #expect(
        lines == [
          "byte I8 [2, 3] \(hex([127, -127, 64, 127, 0, -127] as [Int8]))",
          "byte.scale F32 [2] \(hex([Float(1).bitPattern, (Float(2) / 127).bitPattern]))",
          "empty F32 [0, 4] ", "half BF16 [3, 2] \(hex(halves))", "id U64 [2] \(hex([3, UInt64.max]))",
          "plain F32 [2, 3] \(hex(values.map(\.bitPattern)))",
        ])
    }

    @Test func pythonsSafetensorsReadsAModelDirectory() async throws {
      var random = SeededRandom(seed: 5)
      let schema = try #require(CollectionSchema(embeddingDimension: 6, rerankDimension: 4, attributes: []))
      let manifest = try Manifest(
        name: "small", collection: schema, userDimension: 4, attributeFeatures: [], contextFeatures: [],
        layers: [.init(out: 3, activation: .relu), .init(out: 1, activation: .sigmoid)])
      let model = SlowModel(manifest, users: [4, 9, 2], hasFallback: true, using: &random)
      for (name, bytes) in zip(["manifest.json", "weights.safetensors", "users.safetensors"], model.files) {
        try write(name, bytes)
      }
      let program = """
        import os, sys
        from safetensors.numpy import load_file
        os.chdir(sys.argv[1])
        users, weights = load_file("users.safetensors"), load_file("weights.safetensors")
        print(users["id"].tolist(), users["query"].shape, weights["layers.0.weight"].shape)
        for tensor in (users["vector"], weights["layers.1.bias"], weights["layers.0.weight"]):
            print(*(float(value) for value in tensor.flatten()))
        """
      let lines = try await PythonPackages.run(program, [directory.path]).split(separator: "\n")
      try #require(lines.count == 4)
      #expect(lines[0] == "[2, 4, 9] (3, 6) (3, \(manifest.inputCount))")
      let read = lines.dropFirst().map { $0.split(separator: " ").compactMap { Float($0) } }
      #expect(read[0] == [2, 4, 9].flatMap { model.users[UserID($0)]?.vector ?? [] })
      #expect(read[1] == model.biases[1] && read[2] == model.weights[0])
    }

    @Test func filesOfPythonsSafetensorsAreRead() async throws {
      let program = """
        import sys, numpy as np
        from safetensors.numpy import save_file
        save_file({"layers.0.weight": np.array([[1.5, -2, 0.25]], "f4"), "half": np.array([0.5, -65504], "f2"),
                   "id": np.array([7, 2**63 + 1], "u8"), "layers.0.bias": np.zeros(1, "f4")}, sys.argv[1],
                  metadata={"format": "np"})
        """
      _ = try await PythonPackages.run(program, ["\(directory.path)/theirs.safetensors"])
      let file = try SafetensorsFile(bytes("theirs.safetensors"), as: .weights)
      #expect(file.names == ["half", "id", "layers.0.bias", "layers.0.weight"])
      #expect(try file.floats("layers.0.weight", shape: [1, 3]) == [1.5, -2, 0.25])
      #expect(try file.floats("half", shape: [2]) == [0.5, -65504])
      #expect(try file.ids("id") == [7, 1 << 63 + 1])
    }
  }
}
