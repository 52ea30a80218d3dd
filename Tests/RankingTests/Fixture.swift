import Bytes
import Kernels
import Ranking
import Support
import Testing
import Vocabulary

/// A small model that uses every kind of input, with its parts at hand for the slow twin.
struct Fixture {
  static let schema = CollectionSchema(
    embeddingDimension: 5, rerankDimension: 3,
    attributes: [
      AttributeDefinition(name: "price", type: .float), AttributeDefinition(name: "stock", type: .int),
      AttributeDefinition(name: "category", type: .keyword), AttributeDefinition(name: "colours", type: .keywordSet),
      AttributeDefinition(name: "new", type: .bool), AttributeDefinition(name: "title", type: .text),
    ])

  let manifest: Manifest
  /// Weights `[out, in]` and biases `[out]` by layer.
  let weights: [[Float]]
  let biases: [[Float]]
  let weightsFile: [UInt8]
  let usersFile: [UInt8]

  init(
    seed: UInt64 = 1, layers: [Manifest.Layer]? = nil, usesUser: Bool = true, usesDot: Bool = true,
    weightScale: Float = 1
  ) throws {
    var random = SeededRandom(seed: seed)
    manifest = try Manifest(
      name: "fixture", collection: try #require(Self.schema), userDimension: 3, profileDimension: 4,
      profileNames: ["stock", "category=hats", "colours=blue", "colours=red"], usesUser: usesUser, usesDot: usesDot,
      attributeFeatures: [
        .numeric(attribute: "price", Normalisation(mean: 2.5, scale: 0.7, missing: -0.25, takesLog: true)),
        .oneHot(attribute: "category", OneHot(words: ["shoes", "hats"], hasOther: true)),
        .retrievalScore(Normalisation(mean: 0.1, scale: 3), within: ScoreRange(low: -0.25, high: 0.5)),
        .bool(attribute: "new", missing: 0.5),
        .oneHot(attribute: "colours", OneHot(words: ["red", "blue"])),
        .numeric(attribute: "stock", Normalisation(mean: 10, scale: 0.1)),
        .habit(attribute: "stock", profile: "stock", Normalisation(mean: 9, scale: 0.2, missing: 0.75)),
        .affinity(attribute: "colours", profile: "colours"), .affinity(attribute: "category", profile: "category"),
        .age(attribute: "price", context: "day", Normalisation(mean: 1, scale: 0.5, missing: -0.5, takesLog: true)),
      ],
      contextFeatures: [
        .numeric(name: "hour", Normalisation(mean: 12, scale: 0.125)),
        .oneHot(name: "device", OneHot(words: ["phone", "desk"], hasOther: true)),
        .bins(name: "day", edges: [0, 20, 50.5]),
      ],
      layers: layers ?? [
        Manifest.Layer(out: 19, activation: .gelu), Manifest.Layer(out: 7, activation: .tanh),
        Manifest.Layer(out: 1, activation: .sigmoid),
      ])
    var inputs = manifest.inputCount
    var weights: [[Float]] = []
    var biases: [[Float]] = []
    var writer = SafetensorsWriter()
    for (index, layer) in manifest.layers.enumerated() {
      weights.append(random.floats(inputs * layer.out).map { $0 * weightScale })
      biases.append(random.floats(layer.out))
      writer.add("layers.\(index).weight", weights[index], shape: [layer.out, inputs])
      writer.add("layers.\(index).bias", biases[index], shape: [layer.out])
      inputs = layer.out
    }
    self.weights = weights
    self.biases = biases
    weightsFile = writer.file()
    var users = SafetensorsWriter()
    users.add("id", [900, 7, UInt64.max, 8])
    users.add("query", random.floats(4 * 5), shape: [4, 5])
    users.add("vector", random.floats(4 * 3), shape: [4, 3])
    users.add("profile", random.floats(4 * 4), shape: [4, 4])
    usersFile = users.file()
  }

  func model() throws -> Model {
    try Model.load(manifest: manifest.json, weights: weightsFile, users: usersFile)
  }

  /// The same model in another arithmetic, its ranges taken from some candidates.
  func model(_ arithmetic: Arithmetic) throws -> Model {
    let model = try model()
    guard arithmetic != .float32 else { return model }
    var calibration = Calibration(model)
    calibration.add(candidates(40).inputs, user: try #require(model.users[UserID(7)]))
    let files = try calibration.files(manifest: manifest.json, weights: weightsFile, arithmetic: arithmetic)
    return try Model.load(manifest: files.manifest, weights: files.weights, users: usersFile)
  }

  /// m candidates, with missing values, unknown words and unknown colours among them.
  func candidates(_ m: Int, seed: UInt64 = 2) -> FixtureCandidates {
    var random = SeededRandom(seed: seed)
    let words = ["shoes", "hats", "tents"]
    let colours = [[], ["red"], ["blue", "red"], ["green", "red"]]
    func some(_ value: AttributeValue) -> AttributeValue? { random.next() % 5 == 0 ? nil : value }
    var price: [AttributeValue?] = []
    var category: [AttributeValue?] = []
    var new: [AttributeValue?] = []
    var colour: [AttributeValue?] = []
    var stock: [AttributeValue?] = []
    for _ in 0..<m {
      price.append(some(.float(Double(random.next() % 10_000) / 100)))
      category.append(some(.keyword(words[Int(random.next() % 3)])))
      new.append(some(.bool(random.next() % 2 == 0)))
      colour.append(some(.keywordSet(colours[Int(random.next() % 4)])))
      stock.append(some(.int(Int64(random.next() % 50))))
    }
    let values = [price, category, new, colour, stock]
    return FixtureCandidates(
      values: values,
      inputs: CandidateInputs(
        retrievalScores: random.floats(m), reranks: random.floats(m * 3), columns: values))
  }
}

/// Candidates as the reranker takes them, and their attributes one by one.
struct FixtureCandidates {
  let values: [[AttributeValue?]]
  let inputs: CandidateInputs
}

/// The slow twin of the fixture's model, by candidates as the reranker is given them.
struct SlowTwin {
  private let model: SlowModel

  init(fixture: Fixture) {
    var model = SlowModel(fixture.manifest)
    (model.weights, model.biases) = (fixture.weights, fixture.biases)
    self.model = model
  }

  func inputs(
    _ user: UserVectors, _ candidates: FixtureCandidates, _ row: Int, _ context: [String: ContextValue],
    roundsItems: Bool = false
  ) -> [Float] {
    let rerank = candidates.inputs.reranks.row(row)
    let columns = candidates.values.map { $0[row] }
    let item = Item(
      id: ItemID(UInt64(row)), embedding: [], rerank: roundsItems ? rerank.map { Exact.roundedToBFloat16($0) } : rerank,
      attributes: [columns[0], columns[4], columns[1], columns[3], columns[2], nil])
    return model.inputs(
      user, item, score: candidates.inputs.retrievalScores[row], schema: model.manifest.collection, context: context)
  }

  func logit(_ inputs: [Float]) -> Float { model.logit(inputs) }
}
