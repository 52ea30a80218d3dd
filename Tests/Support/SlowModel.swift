package import Ranking
package import Vocabulary

/// A model with its numbers at hand: the logit of one item by `proto-spec/08-files/model.md` and plain loops.
package struct SlowModel: Sendable {
  package let manifest: Manifest
  /// Weights `[out, in]` and biases `[out]` by layer.
  package var weights: [[Float]] = []
  package var biases: [[Float]] = []
  package var users: [UserID: UserVectors] = [:]
  package var fallback: UserVectors?

  /// A model without weights.
  package init(_ manifest: Manifest) { self.manifest = manifest }

  /// A model of random weights, with users of the given ids and, if wanted, a fallback.
  package init(_ manifest: Manifest, users ids: [UInt64], hasFallback: Bool = false, using random: inout SeededRandom) {
    self.manifest = manifest
    var inputs = manifest.inputCount
    for layer in manifest.layers {
      weights.append(random.floats(inputs * layer.out))
      biases.append(random.floats(layer.out))
      inputs = layer.out
    }
    func vectors() -> UserVectors {
      let query = random.floats(manifest.collection.embeddingDimension)
      let vector = random.floats(manifest.userDimension)
      return UserVectors(
        query: query, vector: manifest.userVectorSource == .query ? query : vector,
        profile: random.floats(manifest.profileDimension))
    }
    for id in ids { users[UserID(id)] = vectors() }
    if manifest.owned != nil {
      for id in ids { users[UserID(id)]?.owned = Self.owned(&random) }
    }
    if hasFallback { fallback = vectors() }
  }

  /// Some of the items 0 to 999, as a shopper has had them.
  private static func owned(_ random: inout SeededRandom) -> OwnedItems {
    let ids = (0..<1000 as Range<UInt64>).filter { _ in random.next() % 3 == 0 }
    let items = ids.map { id in
      OwnedItems.Item(count: Float(1 + id % 5), day: Float(id % 30), level: Float(id % 7) / 4)
    }
    return OwnedItems(ids: ids, items: items[...])
  }

  /// The files of the model directory: manifest, weights, users.
  package var files: [[UInt8]] {
    var network = SafetensorsWriter()
    var inputs = manifest.inputCount
    for (index, layer) in manifest.layers.enumerated() {
      network.add("layers.\(index).weight", weights[index], shape: [layer.out, inputs])
      network.add("layers.\(index).bias", biases[index], shape: [layer.out])
      inputs = layer.out
    }
    var table = SafetensorsWriter()
    let ids = users.keys.sorted { $0.rawValue < $1.rawValue }
    table.add("id", ids.map(\.rawValue))
    let n = ids.count
    let (d, u, p) = (manifest.collection.embeddingDimension, manifest.userDimension, manifest.profileDimension)
    let hasVectors = manifest.userVectorSource == .table && u > 0
    table.add("query", ids.flatMap { users[$0]?.query ?? [] }, shape: [n, d])
    if hasVectors { table.add("vector", ids.flatMap { users[$0]?.vector ?? [] }, shape: [n, u]) }
    if p > 0 { table.add("profile", ids.flatMap { users[$0]?.profile ?? [] }, shape: [n, p]) }
    if manifest.owned != nil { table.add(owned: ids.map { users[$0]?.owned ?? OwnedItems() }) }
    if let fallback {
      table.add("fallback.query", fallback.query, shape: [d])
      if hasVectors { table.add("fallback.vector", fallback.vector, shape: [u]) }
      if p > 0 { table.add("fallback.profile", fallback.profile, shape: [p]) }
    }
    return [manifest.json, network.file(), table.file()]
  }

  /// The inputs of one item, in the order of the arithmetic page.
  package func inputs(
    _ user: UserVectors, _ item: Item, score: Float, schema: CollectionSchema, context: [String: ContextValue]
  ) -> [Float] {
    var x: [Float] = []
    if manifest.usesUser { x += user.vector + user.profile }
    if manifest.usesItem { x += item.rerank }
    if manifest.usesProduct { for i in item.rerank.indices { x.append(user.vector[i] * item.rerank[i]) } }
    if manifest.usesDot { x.append(SlowSearch.dot(user.vector, item.rerank)) }
    for feature in manifest.attributeFeatures {
      let value = feature.attribute.flatMap { schema.attributeIndex(named: $0) }.flatMap { item.attributes[$0] }
      switch feature {
      case .numeric(_, let how): x.append(Self.number(value.flatMap(Self.number), how))
      case .retrievalScore(let how): x.append((score - how.mean) * how.scale)
      case .bool(_, let missing):
        if case .bool(let flag) = value { x.append(flag ? 1 : 0) } else { x.append(missing) }
      case .oneHot(_, let oneHot):
        switch value {
        case .keyword(let word): x += Self.words([word], oneHot)
        case .keywordSet(let words): x += Self.words(words, oneHot)
        default: x += Self.words([], oneHot)
        }
      case .habit(_, let name, let how):
        let place = manifest.profileNames.firstIndex { $0.exact == name } ?? -1
        let input = Self.input(value.flatMap(Self.number), how)
        x.append(input.map { $0 - user.profile[place] } ?? how.missing)
      case .affinity(_, let name):
        var words: [String] = []
        if case .keyword(let word) = value { words = [word] }
        if case .keywordSet(let set) = value { words = set }
        var sum: Float = 0
        for (place, known) in manifest.profileNames.enumerated()
        where words.contains(where: { "\(name)=\($0)".utf8.elementsEqual(known.utf8) }) {
          sum += user.profile[place]
        }
        x.append(sum)
      case .age(_, let name, let how):
        guard case .number(let now) = context[name], let start = value.flatMap(Self.number) else {
          x.append(how.missing)
          continue
        }
        x.append(Self.number(Double(now) < start ? 0 : Double(now) - start, how))
      case .owned(let owned):
        guard let had = user.owned[item.id.rawValue] else {
          x += [0, 0, 0, 0]
          continue
        }
        var days = 0.0
        if case .number(let now) = context[owned.context], Double(now) > Double(had.day) {
          days = Double(now) - Double(had.day)
        }
        x += [
          1, Float(SlowArithmetic.signedLog(Double(had.count))), Float(SlowArithmetic.signedLog(days)),
          Float(Double(had.level) - days / owned.halfLife),
        ]
      }
    }
    for feature in manifest.contextFeatures {
      switch (feature, context[feature.name]) {
      case (.numeric(_, let how), .number(let number)): x.append(Self.number(Double(number), how))
      case (.numeric(_, let how), _): x.append(Self.number(nil, how))
      case (.oneHot(_, let oneHot), .word(let word)): x += Self.words([word.text], oneHot)
      case (.oneHot(_, let oneHot), _): x += Self.words([], oneHot)
      case (.bins(_, let edges), .number(let number)):
        let place = edges.firstIndex { number < $0 } ?? edges.count
        x += (0...edges.count).map { $0 == place ? 1 : 0 }
      case (.bins(_, let edges), _): x += [Float](repeating: 0, count: edges.count + 1)
      }
    }
    return x
  }

  /// The last layer's value before its activation; −0 as +0.
  package func logit(_ inputs: [Float]) -> Float {
    var x = inputs
    for (index, layer) in manifest.layers.enumerated() {
      x = SlowArithmetic.affine(x, weights: weights[index], biases: biases[index])
      if index + 1 < manifest.layers.count { x = x.map { SlowArithmetic.activate(layer.activation, $0) } }
    }
    return x[0] + 0
  }

  private static func number(_ value: AttributeValue) -> Double? {
    switch value {
    case .int(let int): Double(int)
    case .float(let float): float
    default: nil
    }
  }

  private static func number(_ value: Double?, _ how: Normalisation) -> Float { input(value, how) ?? how.missing }

  private static func input(_ value: Double?, _ how: Normalisation) -> Float? {
    guard let value else { return nil }
    let x = Float(how.takesLog ? SlowArithmetic.signedLog(value) : value)
    return x.isFinite ? (x - how.mean) * how.scale : nil
  }

  private static func words(_ words: [String], _ oneHot: OneHot) -> [Float] {
    var x = [Float](repeating: 0, count: oneHot.width)
    for word in words {
      let position = oneHot.words.firstIndex { $0.utf8.elementsEqual(word.utf8) }
      if let position { x[position] = 1 } else if oneHot.hasOther { x[oneHot.words.count] = 1 }
    }
    return x
  }
}
