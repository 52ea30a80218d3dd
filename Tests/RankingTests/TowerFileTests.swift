import Bytes
import Kernels
import Ranking
import Support
import Testing
import Towers
import Vocabulary

/// What a model directory says of its tower, and of the events that it goes on from.
@Suite struct TowerFileTests {
  private let fixture: Fixture
  private static let renewal = ProfileRenewal(
    [
      .mean(attribute: "stock", Normalisation(mean: 10, scale: 0.5)), .share(attribute: "category", word: "hats"),
      .share(attribute: "colours", word: "blue"), .share(attribute: "colours", word: "red"),
    ], decay: 0.875)

  init() throws { fixture = try Fixture() }

  private func tower(_ shape: TowerShape, weights: [String: Float] = ["click": 2, "view": 1]) -> Tower {
    .history(TowerParameters(shape, seed: 4), weights: weights, cut: 1_700_000_000_123_456)
  }

  private var attention: Tower {
    tower(TowerShape(dimension: 5, encoder: .attention, isMixed: true, length: 3, heads: 1))
  }

  private var leastSquares: Tower {
    var random = SeededRandom(seed: 2)
    let items = FloatMatrix(rows: (0..<9).map { _ in random.floats(5) }, columns: 5)
    return .als(ALSFold(items: items, alpha: 0.3, lambda: 0.005, length: 2), weights: ["rating": 1.5])
  }

  private func manifest(_ tower: TowerSettings?, _ renewal: ProfileRenewal?) throws(ModelError) -> Manifest {
    let old = fixture.manifest
    return try Manifest(
      name: old.name, collection: old.collection, userDimension: old.userDimension,
      profileDimension: old.profileDimension, profileNames: old.profileNames, usesUser: old.usesUser,
      usesDot: old.usesDot, attributeFeatures: old.attributeFeatures, contextFeatures: old.contextFeatures,
      layers: old.layers, tower: tower, renewal: renewal)
  }

  private func users(_ manifest: Manifest, change: (inout SafetensorsWriter) -> Void = { _ in }) -> [UInt8] {
    var random = SeededRandom(seed: 6)
    var users = SafetensorsWriter()
    users.add("id", [900, 7])
    users.add("query", random.floats(2 * 5), shape: [2, 5])
    users.add("vector", random.floats(2 * 3), shape: [2, 3])
    users.add("profile", random.floats(2 * 4), shape: [2, 4])
    let long: [(item: UInt64, weight: Float)] = [(1, 9), (2, 8), (3, 7), (0, 5), (4, 6)]
    users.addStates([long, [(5, 0.5)]], profileWeights: [1, 2, 3, 4, 5, 6, 7, 8], for: manifest)
    change(&users)
    return users.file()
  }

  private func load(
    _ manifest: Manifest, _ tower: [UInt8]?, users: [UInt8]? = nil
  ) throws(ModelError) -> Model {
    try Model.load(
      manifest: manifest.json, weights: fixture.weightsFile, users: users ?? self.users(manifest), tower: tower)
  }

  private func error(_ body: () throws(ModelError) -> Void) -> ModelError? {
    do throws(ModelError) { try body() } catch { return error }
    return nil
  }

  @Test func everyKindOfTowerComesBackFromItsFiles() throws {
    let sum = tower(TowerShape(dimension: 5, encoder: .sum, decay: 0.7), weights: [:])
    for tower in [sum, attention, leastSquares] {
      let manifest = try manifest(tower.settings, Self.renewal)
      #expect(try Manifest.read(json: manifest.json) == manifest)
      let model = try load(manifest, tower.file)
      #expect(model.tower?.settings == tower.settings)
      let (read, written) = (try #require(model.tower).tensors, tower.tensors)
      #expect(read.map(\.name) == written.map(\.name) && read.map(\.values) == written.map(\.values))
      #expect(model.historyReader?.attributeNames == ["stock", "category", "colours"])
    }
  }

  @Test func knownShoppersHaveWhatTheTowerGoesOnFrom() throws {
    let manifest = try manifest(attention.settings, Self.renewal)
    let table = try load(manifest, attention.file).users
    let long = try #require(table.state(of: UserID(900)))
    #expect(long.history == [2, 3, 4] && long.weights == [8, 7, 6], "the latest, without item 0")
    #expect(long.profileWeights == [1, 2, 3, 4])
    let short = try #require(table.state(of: UserID(7)))
    #expect(short.history == [5] && short.weights == [0.5] && short.profileWeights == [5, 6, 7, 8])
    #expect(table.state(of: UserID(8)) == nil)
    let removed = try UserTable.removing([900], from: users(manifest))
    let left = try load(manifest, attention.file, users: removed.bytes).users
    #expect(removed.removed == 1 && left.state(of: UserID(900)) == nil && left.state(of: UserID(7)) == short)
  }

  @Test func aModelWithoutATowerKeepsBytesAndHash() throws {
    #expect(!String(decoding: fixture.manifest.json, as: UTF8.self).contains("tower"))
    let model = try fixture.model()
    #expect(model.hash == ContentHash.sha256(joining: [fixture.manifest.json, fixture.weightsFile, fixture.usersFile]))
    #expect(model.tower == nil && model.historyReader == nil)
    let manifest = try manifest(attention.settings, nil)
    let file = attention.file
    let hash = ContentHash.sha256(joining: [manifest.json, fixture.weightsFile, users(manifest), file])
    #expect(try load(manifest, file).hash == hash)
  }

  @Test func filesThatDoNotGoTogetherAreRefused() throws {
    let manifest = try manifest(attention.settings, nil)
    let plain = try self.manifest(nil, nil)
    #expect(error { () throws(ModelError) in _ = try load(manifest, nil) }?.kind == .missing)
    let stray = error { () throws(ModelError) in _ = try load(plain, attention.file) }
    #expect(stray?.file == .tower && stray?.kind == .unknown)
    let foreign = error { () throws(ModelError) in _ = try load(manifest, leastSquares.file) }
    #expect(foreign?.file == .tower && foreign?.field == "als.gram" && foreign?.kind == .unknown)
    #expect(error { () throws(ModelError) in _ = try load(manifest, [1, 2, 3]) }?.kind == .malformed)
    let infinite = error { () throws(ModelError) in
      var file = SafetensorsWriter()
      for tensor in attention.tensors {
        file.add(tensor.name, tensor.values.map { _ in .infinity }, shape: tensor.shape)
      }
      _ = try load(manifest, file.file())
    }
    #expect(infinite?.kind == .notFinite)
    let wide = error { () throws(ModelError) in
      var file = SafetensorsWriter()
      for tensor in attention.tensors { file.add(tensor.name, tensor.values, shape: tensor.shape + [1]) }
      _ = try load(manifest, file.file())
    }
    #expect(wide?.kind == .wrongShape)
    let without = error { () throws(ModelError) in _ = try load(manifest, attention.file, users: users(plain)) }
    #expect(without?.file == .users && without?.field == "history" && without?.kind == .missing)
    let surplus = error { () throws(ModelError) in
      _ = try load(plain, nil, users: users(manifest))
    }
    #expect(surplus?.file == .users && surplus?.kind == .unknown)
    let negative = error { () throws(ModelError) in
      _ = try load(
        manifest, attention.file,
        users: users(plain) { users in
          users.add(ids: "history", [1, 2, 3, 4, 5, 6], shape: [2, 3])
          users.add("history.weight", [1, 2, 3, 4, -5, 6], shape: [2, 3])
        })
    }
    #expect(negative?.field == "history.weight" && negative?.kind == .outOfRange)
  }

  @Test(arguments: [
    (#""encoder":"attention""#, #""encoder":"lstm""#, "tower.encoder", ModelError.Kind.unknown),
    (#""encoder":"attention""#, #""encoder":"sum""#, "tower.mixed", .outOfRange),
    (#""decay":0.69"#, #""decay":1.69"#, "tower.decay", .outOfRange),
    (#""length":3"#, #""length":0"#, "tower.length", .outOfRange),
    (#""length":3"#, #""length":1001"#, "tower.length", .outOfRange),
    (#""heads":1"#, #""heads":2"#, "tower.heads", .outOfRange),
    (#""kind":"history""#, #""kind":"als""#, "tower.blocks", .unknown),
    (#""kind":"history""#, #""kind":"neighbours""#, "tower.blocks", .unknown),
    (#""kind":"history""#, #""kind":"markov""#, "tower.kind", .unknown),
    (#""click":2"#, #""click":-2"#, "tower.weights.click", .outOfRange),
    (#""cut":17"#, #""cut":0.5,"cot":17"#, "tower.cot", .unknown),
    (#""word":"hats""#, #""word":"caps""#, "user.renewal.inputs[1]", .wrongShape),
    (#""attribute":"stock","kind":"mean""#, #""attribute":"new","kind":"mean""#, "user.renewal.inputs[0]", .wrongShape),
    (#""decay":0.875"#, #""decay":1.5"#, "user.renewal.decay", .outOfRange),
    (#""kind":"mean""#, #""kind":"median""#, "user.renewal.inputs[0].kind", .unknown),
  ])
  func faultsOfTheManifestNameTheField(old: String, new: String, field: String, kind: ModelError.Kind) throws {
    let text = String(
      decoding: try manifest(attention.settings, Self.renewal).json.filter { $0 != 0x20 && $0 != 0x0A }, as: UTF8.self)
    #expect(text.contains(old), "\(text)")
    let changed = text.replacing(old, with: new)
    let fault = error { () throws(ModelError) in _ = try Manifest.read(json: Array(changed.utf8)) }
    #expect(fault?.file == .manifest && fault?.field == field && fault?.kind == kind, "\(fault?.description ?? "none")")
  }

  @Test func aProfileGoesOnFromWhatTheFileKeeps() throws {
    let reader = HistoryReader(
      Self.renewal.inputs + [
        .count(event: "click", Normalisation(scale: 0.5)), .daysSinceLast(Normalisation(mean: 1)),
      ],
      decay: 0.875)
    let values: [[String: AttributeValue]] = [
      ["stock": .int(12), "category": .keyword("hats"), "colours": .keywordSet(["red", "green"])],
      ["category": .keyword("shoes"), "colours": .keywordSet([])],
      ["stock": .int(4), "colours": .keywordSet(["blue"])],
    ]
    var whole = UserHistory(reader)
    for value in values.prefix(2) { whole.add(reader.parts { value[$0] }, kind: "click", weight: 2, day: 10) }
    let middle = whole
    var resumed = UserHistory(reader, profile: middle.row(at: 12), weights: middle.weights)
    #expect(middle.row(at: 12).last == 1, "two days")
    whole.add(reader.parts { values[2][$0] }, kind: "view", weight: 1, day: 12)
    resumed.add(reader.parts { values[2][$0] }, kind: "view", weight: 1, day: 0)
    for (one, other) in zip(whole.row(at: 12), resumed.row(at: 0)) { #expect(abs(one - other) < 1e-6) }
    #expect(resumed.row(at: 0).suffix(2) == [1, -1], "two clicks, no days")
    #expect(resumed.row(at: 0) != middle.row(at: 12))
    #expect(UserHistory(reader).row(at: nil).prefix(4) == [0, 0, 0, 0])
  }
}
