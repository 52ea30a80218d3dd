import Kernels
import Ranking
import Testing
import Vocabulary

@Suite struct ArithmeticTests {
  private let fixture: Fixture
  private let user: UserVectors
  private let candidates: FixtureCandidates
  private let calibration: Calibration

  init() throws {
    fixture = try Fixture()
    let model = try fixture.model()
    user = try #require(model.users[UserID(7)])
    candidates = fixture.candidates(120)
    var calibration = Calibration(model)
    calibration.add(candidates.inputs, user: user)
    self.calibration = calibration
  }

  private func model(_ arithmetic: Arithmetic) throws -> Model {
    let files = try calibration.files(
      manifest: fixture.manifest.json, weights: fixture.weightsFile, arithmetic: arithmetic)
    return try Model.load(manifest: files.manifest, weights: files.weights, users: fixture.usersFile)
  }

  /// The logits as section by section of the arithmetic page has them, from the inputs of the slow twin.
  private func expected(_ arithmetic: Arithmetic, _ file: SafetensorsFile?) throws -> [UInt32] {
    let twin = SlowTwin(fixture: fixture)
    let layers = fixture.manifest.layers
    let users = fixture.manifest.layout.userCount
    return try (0..<120).map { row in
      var x = twin.inputs(user, candidates, row, [:], roundsItems: true)
      for (index, layer) in layers.enumerated() {
        let (weights, bias) = (fixture.weights[index], fixture.biases[index])
        let skip = index == 0 ? users : 0
        let rest = (0..<layer.out).flatMap { o in weights[o * x.count + skip..<(o + 1) * x.count] }
        if index == layers.count - 1 {
          x = Exact.affine(x, weights: weights, start: bias)
        } else if arithmetic == .bfloat16 {
          let head = (0..<layer.out).flatMap { o in weights[o * x.count..<o * x.count + skip] }
          let start = Exact.affine(Array(x[..<skip]), weights: head, start: bias)
          x = Exact.bfloat16Affine(Array(x[skip...]), weights: rest, start: start)
        } else {
          let n = x.count - skip
          let file = try #require(file)
          let low = try file.floats("layers.\(index).low", shape: [n])
          let step = try file.floats("layers.\(index).step", shape: [n])
          let start = Exact.affine(x[..<skip] + low, weights: weights, start: bias)
          x = Exact.int8Affine(Array(x[skip...]), weights: rest, start: start, low: low, step: step)
        }
        if index < layers.count - 1 { x = x.map { Exact.activate(layer.activation, $0) } }
      }
      return (x[0] + 0).bitPattern
    }
  }

  @Test(arguments: [Arithmetic.bfloat16, .int8])
  func logitsEqualTheSlowTwinOnEveryInstructionSetAndSplit(arithmetic: Arithmetic) throws {
    let files = try calibration.files(
      manifest: fixture.manifest.json, weights: fixture.weightsFile, arithmetic: arithmetic)
    let expected = try expected(arithmetic, SafetensorsFile(files.weights, as: .weights))
    let model = try model(arithmetic)
    #expect(model.manifest.arithmetic == arithmetic)
    for isa in InstructionSet.available {
      for blockRows in [1, 7, 64, 120] {
        let found = Reranker(model, kernels: KernelSet(isa)).rerank(candidates.inputs, user: user, blockRows: blockRows)
        #expect(found.map { $0?.value.bitPattern } == expected, "\(isa), blocks of \(blockRows)")
      }
    }
  }

  @Test(arguments: [Arithmetic.bfloat16, .int8])
  func vectorsThatWereRoundedOnTheWayGiveTheSameLogits(arithmetic: Arithmetic) throws {
    let reranks = candidates.inputs.reranks
    let rounded = CandidateInputs(
      retrievalScores: candidates.inputs.retrievalScores,
      reranks: KernelSet().roundedToBFloat16(reranks, rows: 0..<120),
      columns: candidates.inputs.columns)
    let reranker = Reranker(try model(arithmetic))
    #expect(reranker.rerank(rounded, user: user) == reranker.rerank(candidates.inputs, user: user))
  }

  @Test func narrowLogitsLieNearTheFloat32Ones() throws {
    let exact = Reranker(try fixture.model()).rerank(candidates.inputs, user: user).compactMap { $0?.value }
    let spread = (exact.max() ?? 0) - (exact.min() ?? 0)
    for (arithmetic, share) in [(Arithmetic.bfloat16, Float(0.02)), (.int8, 0.05)] {
      let narrow = Reranker(try model(arithmetic)).rerank(candidates.inputs, user: user).compactMap { $0?.value }
      let error = zip(exact, narrow).map { ($0 - $1).magnitude }.max() ?? .infinity
      #expect(narrow != exact && error < share * spread, "\(arithmetic): \(error) of \(spread)")
    }
  }

  @Test func aModelWhoseRangesCannotBeIsRefused() throws {
    for (name, values) in [
      ("step", [Float](repeating: 0, count: 19)), ("step", [Float](repeating: 0x1p-130, count: 19)),
    ] {
      var file = SafetensorsWriter()
      let good = try calibration.files(
        manifest: fixture.manifest.json, weights: fixture.weightsFile, arithmetic: .int8)
      let old = try SafetensorsFile(good.weights, as: .weights)
      for tensor in old.names {
        let shape = try #require(old[tensor]?.shape)
        let kept = try old.floats(tensor, shape: shape)
        file.add(tensor, tensor == "layers.1.\(name)" ? values : kept, shape: shape)
      }
      let error = #expect(throws: ModelError.self) {
        try Model.load(manifest: good.manifest, weights: file.file(), users: fixture.usersFile)
      }
      #expect(error?.file == .weights && error?.field == "layers.1.step" && error?.kind == .outOfRange)
    }
    // Ranges where nobody asked for them, and none where they are needed.
    let good = try calibration.files(
      manifest: fixture.manifest.json, weights: fixture.weightsFile, arithmetic: .int8)
    #expect(throws: ModelError.self) { try Model.load(manifest: fixture.manifest.json, weights: good.weights) }
    #expect(throws: ModelError.self) { try Model.load(manifest: good.manifest, weights: fixture.weightsFile) }
  }
}
