import Bytes
import Foundation
import Kernels
import Ranking
import Support
import Testing
import Vocabulary

struct ModelTests {
  private func error(_ body: () throws(ModelError) -> Void) -> ModelError? {
    do throws(ModelError) {
      try body()
      return nil
    } catch {
      return error
    }
  }

  /// The fixture's manifest with a piece of its text replaced.
  private func manifestError(_ old: String, _ new: String) throws -> ModelError? {
    let text = String(decoding: try Fixture().manifest.json, as: UTF8.self)
    let squeezed = text.split(separator: "\n").map { $0.drop { $0 == " " } }.joined().replacing(" : ", with: ":")
    #expect(squeezed.contains(old), "the manifest has \(old)")
    return error { () throws(ModelError) in _ = try Manifest.read(json: Array(squeezed.replacing(old, with: new).utf8))
    }
  }

  @Test func manifestReadsBackAsItWasWritten() throws {
    let manifest = try Fixture().manifest
    #expect(try Manifest.read(json: manifest.json) == manifest)
    #expect(try Manifest.read(json: manifest.json).json == manifest.json)
    #expect(manifest.inputCount == 7 + 3 + 3 + 1 + 13 + 8)
  }

  @Test func schemaReadsBackAsItWasWritten() throws {
    let schema = try #require(Fixture.schema)
    #expect(try CollectionSchema.read(json: schema.json) == schema)
  }

  @Test func minimalManifestNeedsFewFields() throws {
    let text = """
      {"format":"winnow-model","version":1,"name":"m","collection":{"embedding_dimension":2,"rerank_dimension":0,
      "attributes":[]},"user":{"vector_dimension":0},"inputs":{"attributes":[{"kind":"retrieval_score"}]},
      "layers":[{"out":1,"activation":"none"}]}
      """
    let manifest = try Manifest.read(json: Array(text.utf8))
    #expect(manifest.inputCount == 1)
    var writer = SafetensorsWriter()
    writer.add("layers.0.weight", [2], shape: [1, 1])
    writer.add("layers.0.bias", [1], shape: [1])
    let model = try Model.load(manifest: Array(text.utf8), weights: writer.file())
    #expect(model.users.count == 0)
    #expect(model.parameterCount == 2)
    let user = model.user(query: [1, 0])
    let scores = Reranker(model).rerank(
      CandidateInputs(retrievalScores: [0.5, -3], reranks: [], columns: []), user: user)
    #expect(scores.map { $0?.value } == [2, -5])
  }

  @Test func logitsOfStrangersAloneLieOnTheirLine() throws {
    let text = """
      {"format":"winnow-model","version":1,"name":"m","collection":{"embedding_dimension":1,"rerank_dimension":0,
      "attributes":[]},"user":{"vector_dimension":0,"strangers":{"slope":0.25,"offset":-1}},
      "inputs":{"attributes":[{"kind":"retrieval_score"}]},"layers":[{"out":1,"activation":"none"}]}
      """
    let manifest = try Manifest.read(json: Array(text.utf8))
    #expect(manifest.strangers == LogitScaling(slope: 0.25, offset: -1))
    #expect(try Manifest.read(json: manifest.json) == manifest)
    var weights = SafetensorsWriter()
    weights.add("layers.0.weight", [2], shape: [1, 1])
    weights.add("layers.0.bias", [1], shape: [1])
    var users = SafetensorsWriter()
    users.add("id", [7 as UInt64])
    users.add("query", [1], shape: [1, 1])
    users.add("fallback.query", [1], shape: [1])
    let model = try Model.load(manifest: manifest.json, weights: weights.file(), users: users.file())
    let candidates = CandidateInputs(retrievalScores: [0.5, -3], reranks: [], columns: [])
    let reranker = Reranker(model)
    let stranger = try #require(model.users.fallback)
    #expect(reranker.rerank(candidates, user: try #require(model.users[UserID(7)])).map { $0?.value } == [2, -5])
    #expect(reranker.rerank(candidates, user: stranger).map { $0?.value } == [-0.5, -2.25])
    // What explains a logit lies on the line too: the parts sum to it.
    let explainer = try #require(Explainer(reranker, candidates, user: stranger, context: [:], count: 2))
    let parts = try #require(explainer.parts(of: 0))
    #expect(explainer.base + parts[0] == -0.5)
    for (old, new) in [("0.25", "0"), ("0.25", "-1")] {
      let broken = text.replacing(old, with: new)
      let error = self.error { () throws(ModelError) in _ = try Manifest.read(json: Array(broken.utf8)) }
      #expect(error?.field == "user.strangers.slope" && error?.kind == .outOfRange)
    }
  }

  @Test func aRetrievalScoreBeyondItsRangeCountsAsTheNearerEnd() throws {
    let fixture = try Fixture()
    let score = try #require(fixture.manifest.attributeFeatures.first { $0.attribute == nil })
    let assembler = try FeatureAssembler([score])
    func inputs(_ scores: [Float]) -> [Float] {
      let candidates = CandidateInputs(retrievalScores: scores, reranks: [], columns: [])
      let query = assembler.prepare(candidates, user: UserVectors(query: [], vector: [], profile: []), context: [:])
      let matrix = FloatMatrix(rows: scores.count, columns: 1)
      assembler.assemble(query, rows: 0..<scores.count, into: matrix)
      return (0..<scores.count).map { matrix[$0, 0] }
    }
    #expect(inputs([-3, -0.25, 0.5, 80]) == inputs([-0.25, -0.25, 0.5, 0.5]))
    let (mean, scale): (Float, Float) = (0.1, 3)
    #expect(inputs([0.125]) == [(0.125 - mean) * scale])
  }

  @Test(arguments: [
    (#""format":"winnow-model""#, #""format":"onnx""#, "format", ModelError.Kind.unknown),
    (#""version":1"#, #""version":2,"news":1"#, "version", .unknown),
    (#""version":1"#, #""version":1,"novelty":0"#, "novelty", .unknown),
    (#""name":"fixture","#, "", "name", .missing),
    (#""profile_dimension":4"#, #""profile_dimension":5000"#, "user.profile_dimension", .outOfRange),
    (#""profile_dimension":4"#, #""profile_dimension":3"#, "user.profile", .wrongShape),
    (#""category=hats""#, #""stock""#, "user.profile", .duplicate),
    (#""category=hats""#, #""""#, "user.profile", .outOfRange),
    (#""vector":"table""#, #""vector":"query""#, "user.vector", .wrongShape),
    (#""vector":"table""#, #""vector":"tower""#, "user.vector", .unknown),
    (#""vector_dimension":3"#, #""vector_dimension":4"#, "inputs.product", .wrongShape),
    (#""vector_dimension":3"#, #""vector_dimension":"3""#, "user.vector_dimension", .wrongType),
    (#""rerank_dimension":3"#, #""rerank_dimension":0"#, "inputs.item", .wrongShape),
    (#""type":"float""#, #""type":"real""#, "collection.attributes[0].type", .unknown),
    (#""name":"stock""#, #""name":"Stock""#, "collection.attributes[1].name", .outOfRange),
    (#""name":"stock""#, #""name":"price""#, "collection.attributes", .duplicate),
    (#""attribute":"price""#, #""attribute":"weight""#, "inputs.attributes[0].attribute", .missing),
    (#""attribute":"price""#, #""attribute":"category""#, "inputs.attributes[0].attribute", .wrongType),
    (#""attribute":"new""#, #""attribute":"title""#, "inputs.attributes[3].attribute", .wrongType),
    (#""mean":2.5"#, #""mean":1e39"#, "inputs.attributes[0].mean", .notFinite),
    (#""high":0.5,"#, "", "inputs.attributes[2].high", .missing),
    (#""low":-0.25"#, #""low":0.75"#, "inputs.attributes[2].high", .outOfRange),
    (#""low":-0.25"#, #""low":-1e39"#, "inputs.attributes[2].low", .notFinite),
    (#""kind":"bool""#, #""kind":"bucket""#, "inputs.attributes[3].kind", .unknown),
    (#""kind":"bool""#, #""kind":"bool","mean":1"#, "inputs.attributes[3].mean", .unknown),
    (
      #""vocabulary":["shoes","hats"]"#, #""vocabulary":["hats","hats"]"#, "inputs.attributes[1].vocabulary", .duplicate
    ),
    (#""vocabulary":["shoes","hats"]"#, #""vocabulary":[]"#, "inputs.attributes[1].vocabulary", .outOfRange),
    (#""profile":"stock""#, #""profile":"price""#, "inputs.attributes[6].profile", .missing),
    (#""profile":"colours""#, #""profile":"colour""#, "inputs.attributes[7].profile", .missing),
    (#""kind":"affinity""#, #""kind":"affinity","scale":2"#, "inputs.attributes[7].scale", .unknown),
    (#""kind":"age""#, #""kind":"numeric""#, "inputs.attributes[9].context", .unknown),
    (#""context":"day""#, #""context":"Day""#, "inputs.attributes[9].context", .outOfRange),
    (#""edges":[0,20,50.5]"#, #""edges":[0,20,20]"#, "inputs.context[2].edges", .outOfRange),
    (#""edges":[0,20,50.5]"#, #""edges":[]"#, "inputs.context[2].edges", .outOfRange),
    (#""edges":[0,20,50.5]"#, #""edges":[0,20,1e39]"#, "inputs.context[2].edges", .outOfRange),
    (#""name":"device""#, #""name":"hour""#, "inputs.context", .duplicate),
    (#""activation":"gelu""#, #""activation":"swish""#, "layers[0].activation", .unknown),
    (#""activation":"sigmoid""#, #""activation":"relu""#, "layers[2].activation", .outOfRange),
    (#""out":1}"#, #""out":2}"#, "layers[2].out", .wrongShape),
    (#""out":19"#, #""out":2147483648"#, "layers[0].out", .outOfRange),
    (#""out":19"#, #""out":1.5"#, "layers[0].out", .wrongType),
    (#""out":19"#, #""out":-1"#, "layers[0].out", .outOfRange),
  ])
  func manifestErrorsNameTheField(old: String, new: String, field: String, kind: ModelError.Kind) throws {
    let error = try manifestError(old, new)
    #expect(error?.file == .manifest)
    #expect(error?.field == field)
    #expect(error?.kind == kind)
  }

  @Test func tooManyLayersAndParametersAreRefused() throws {
    let layer = #"{"activation":"none","out":1}"#
    let error = try manifestError(
      #"{"activation":"sigmoid","out":1}"#, Array(repeating: layer, count: 100).joined(separator: ","))
    #expect(error?.field == "layers" && error?.kind == .outOfRange)
    let words = OneHot(words: (0..<16_000).map(String.init))
    let wide = AttributeFeature.oneHot(attribute: "category", words)
    let schema = try #require(Fixture.schema)
    let parameters = self.error { () throws(ModelError) in
      _ = try Manifest(
        name: "wide", collection: schema, userDimension: 3, attributeFeatures: [wide, wide, wide, wide],
        contextFeatures: [],
        layers: [
          .init(out: 4096, activation: .relu), .init(out: 4096, activation: .relu), .init(out: 1, activation: .none),
        ])
    }
    #expect(parameters?.field == "layers")
    let inputs = self.error { () throws(ModelError) in
      _ = try Manifest(
        name: "wide", collection: schema, userDimension: 3, attributeFeatures: [wide, wide, wide, wide, wide],
        contextFeatures: [], layers: [.init(out: 1, activation: .none)])
    }
    #expect(inputs?.field == "inputs")
    #expect(throws: ModelError.self) { try Manifest.read(json: [UInt8](repeating: 0x20, count: 2 << 20)) }
    #expect(throws: ModelError.self) { try Manifest.read(json: Array("{}".utf8)) }
    #expect(throws: ModelError.self) { try Manifest.read(json: []) }
    #expect(throws: ModelError.self) { try Manifest.read(json: [0xFF, 0xFE, 0x00]) }
  }

  @Test func weightsHaveToFitTheManifest() throws {
    let fixture = try Fixture()
    let inputs = fixture.manifest.inputCount
    func load(_ change: (inout SafetensorsWriter) -> Void, skip: String = "") -> ModelError? {
      var writer = SafetensorsWriter()
      var width = inputs
      for (index, layer) in fixture.manifest.layers.enumerated() {
        if skip != "layers.\(index).weight" {
          writer.add("layers.\(index).weight", fixture.weights[index], shape: [layer.out, width])
        }
        if skip != "layers.\(index).bias" {
          writer.add("layers.\(index).bias", fixture.biases[index], shape: [layer.out])
        }
        width = layer.out
      }
      change(&writer)
      return error { () throws(ModelError) in
        _ = try Model.load(manifest: fixture.manifest.json, weights: writer.file())
      }
    }
    #expect(load { _ in } == nil)
    #expect(load({ _ in }, skip: "layers.1.bias")?.field == "layers.1.bias")
    let transposed = load(
      { $0.add("layers.0.weight", fixture.weights[0], shape: [inputs, 19]) }, skip: "layers.0.weight")
    #expect(transposed?.field == "layers.0.weight" && transposed?.kind == .wrongShape)
    let broken = load(
      { $0.add("layers.1.bias", [1, 2, 3, .nan, 5, 6, 7], shape: [7]) }, skip: "layers.1.bias")
    #expect(broken?.field == "layers.1.bias" && broken?.kind == .notFinite)
    let stranger = load { $0.add("layers.3.weight", [1], shape: [1]) }
    #expect(stranger?.field == "layers.3.weight" && stranger?.kind == .unknown)
  }

  @Test func usersAreFoundByIDInAnyOrderOfTheFile() throws {
    let fixture = try Fixture()
    let model = try fixture.model()
    let file = try SafetensorsFile(fixture.usersFile, as: .users)
    let query = try file.floats("query", shape: [4, 5])
    let vector = try file.floats("vector", shape: [4, 3])
    let profile = try file.floats("profile", shape: [4, 4])
    for (row, id) in try file.ids("id").enumerated() {
      let user = try #require(model.users[UserID(id)])
      #expect(user.query == Array(query[row * 5..<row * 5 + 5]))
      #expect(user.vector == Array(vector[row * 3..<row * 3 + 3]))
      #expect(user.profile == Array(profile[row * 4..<row * 4 + 4]))
    }
    for id in [0, 6, 9, 901, UInt64.max - 1] { #expect(model.users[UserID(id)] == nil) }
    #expect(model.users.count == 4)
    #expect(model.users.fallback == nil)
  }

  @Test func userTablesThatLieAreRefused() throws {
    let fixture = try Fixture()
    func load(_ build: (inout SafetensorsWriter) -> Void) -> ModelError? {
      var writer = SafetensorsWriter()
      build(&writer)
      return error { () throws(ModelError) in
        _ = try Model.load(manifest: fixture.manifest.json, weights: fixture.weightsFile, users: writer.file())
      }
    }
    func rows(_ writer: inout SafetensorsWriter, _ ids: [UInt64], query: Float = 1) {
      writer.add("id", ids)
      writer.add("query", [Float](repeating: query, count: ids.count * 5), shape: [ids.count, 5])
      writer.add("vector", [Float](repeating: 1, count: ids.count * 3), shape: [ids.count, 3])
      writer.add("profile", [Float](repeating: 1, count: ids.count * 4), shape: [ids.count, 4])
    }
    #expect(load { rows(&$0, [1, 2]) } == nil)
    #expect(load { rows(&$0, []) } == nil)
    #expect(load { rows(&$0, [1, 2, 1]) }?.kind == .duplicate)
    #expect(load { rows(&$0, [1, 2], query: 1e19) }?.field == "query")
    #expect(load { $0.add("id", [1]) }?.field == "query")
    let half = load {
      rows(&$0, [1])
      $0.add("fallback.query", [1, 2, 3, 4, 5], shape: [5])
    }
    #expect(half?.field == "fallback.vector" && half?.kind == .missing)
    let whole = load {
      rows(&$0, [1])
      $0.add("fallback.query", [1, 2, 3, 4, 5], shape: [5])
      $0.add("fallback.vector", [1, 2, 3], shape: [3])
      $0.add("fallback.profile", [1, 2, 3, 4], shape: [4])
    }
    #expect(whole == nil)
    let partly = load {
      rows(&$0, [1])
      $0.add("popularity.query", [1, 2, 3, 4, 5], shape: [5])
    }
    #expect(partly?.field == "popularity.vector" && partly?.kind == .missing)
    let unnamed = load {
      rows(&$0, [1])
      $0.add("segment.query", [1, 2, 3, 4, 5], shape: [1, 5])
    }
    #expect(unnamed?.field == "segment.query" && unnamed?.kind == .unknown, "the manifest names no segments")
    #expect(
      load {
        rows(&$0, [1]); $0.add("vectors", [1], shape: [1])
      }?.kind == .unknown)
  }

  @Test func hashIsThatOfTheJoinedFiles() throws {
    let fixture = try Fixture()
    let model = try fixture.model()
    #expect(model.hash == ContentHash.sha256(fixture.manifest.json + fixture.weightsFile + fixture.usersFile))
    #expect(model.id & 0xFF == UInt64(model.hash[0]) && model.id >> 56 == UInt64(model.hash[7]))
    #expect(try Fixture(seed: 2).model().hash != model.hash)
  }

  @Test func collectionsThatLackAnAttributeAreRefused() throws {
    let manifest = try Fixture().manifest
    let schema = try #require(Fixture.schema)
    #expect(error { () throws(ModelError) in try manifest.check(against: schema) } == nil)
    func changed(d: Int = 5, r: Int = 3, _ change: (inout [AttributeDefinition]) -> Void = { _ in }) throws
      -> ModelError?
    {
      var attributes = schema.attributes
      change(&attributes)
      let other = try #require(CollectionSchema(embeddingDimension: d, rerankDimension: r, attributes: attributes))
      return error { () throws(ModelError) in try manifest.check(against: other) }
    }
    #expect(try changed { $0.append(AttributeDefinition(name: "more", type: .int)) } == nil)
    #expect(try changed { $0.remove(at: 2) }?.field == "collection.attributes[2]")
    #expect(try changed { $0[1] = AttributeDefinition(name: "stock", type: .float) }?.kind == .wrongType)
    #expect(try changed(d: 6)?.field == "collection.embedding_dimension")
    #expect(try changed(r: 4)?.field == "collection.rerank_dimension")
  }

  @Test func feedVectorsAreRead() throws {
    let schema = try #require(Fixture.schema)
    var writer = SafetensorsWriter()
    writer.add("id", [5, 4])
    writer.add("embedding", [Float](repeating: 0.5, count: 10), shape: [2, 5])
    writer.add("rerank", [1, 2, 3, 4, 5, 6], shape: [2, 3])
    let items = try ItemVectors(writer.file(), for: schema)
    #expect(items.ids == [ItemID(5), ItemID(4)])
    #expect(items.reranks == [1, 2, 3, 4, 5, 6])
    writer.add("extra", [1], shape: [1])
    #expect(throws: ModelError.self) { try ItemVectors(writer.file(), for: schema) }
  }

  @Test func damagedManifestsNeverTrap() throws {
    let text = try Fixture().manifest.json
    var random = SeededRandom(seed: 11)
    for _ in 0..<300 {
      var damaged = text
      for _ in 0...random.next() % 3 { damaged[Int(random.next() % UInt64(text.count))] = UInt8(random.next() % 256) }
      _ = try? Manifest.read(json: damaged)
    }
    for count in stride(from: 0, to: text.count - 2, by: 13) {
      #expect(throws: ModelError.self) { try Manifest.read(json: Array(text[..<count])) }
    }
  }

  @Test func storedBytesOfOneModelWeighTheSameInInt8() throws {
    let fixture = try Fixture(layers: [.init(out: 1, activation: .none)])
    let inputs = fixture.manifest.inputCount
    let header =
      #"{"layers.0.weight":{"dtype":"I8","shape":[1,\#(inputs)],"data_offsets":[0,\#(inputs)]},"#
      + #""layers.0.weight.scale":{"dtype":"F32","shape":[1],"data_offsets":[\#(inputs),\#(inputs + 4)]},"#
      + #""layers.0.bias":{"dtype":"F32","shape":[1],"data_offsets":[\#(inputs + 4),\#(inputs + 8)]}}"#
    let quantised = (0..<inputs).map { Int8($0 * 7 - 119) }
    var narrow = ByteWriter()
    narrow.write(UInt64(header.utf8.count))
    narrow.write(bytes: header.utf8)
    narrow.write(bytes: quantised.map { UInt8(bitPattern: $0) })
    narrow.write(floats: [0.03125, 0.5])
    var wide = SafetensorsWriter()
    wide.add("layers.0.weight", quantised.map { Float($0) * 0.03125 }, shape: [1, inputs])
    wide.add("layers.0.bias", [0.5], shape: [1])
    let candidates = fixture.candidates(10).inputs
    let scores = try [narrow.bytes, wide.file()].map { weights in
      let model = try Model.load(manifest: fixture.manifest.json, weights: weights, users: fixture.usersFile)
      return Reranker(model).rerank(candidates, user: try #require(model.users[UserID(7)]))
    }
    #expect(scores[0] == scores[1])
  }

  @Test func exampleOfTheSpecIsAModel() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../../proto-spec/08-files/model.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let after = try #require(text.components(separatedBy: "```json\n").dropFirst().first)
    let example = try #require(after.components(separatedBy: "```").first)
    let manifest = try Manifest.read(json: Array(example.utf8))
    #expect(manifest.inputCount == 10)
  }
}
