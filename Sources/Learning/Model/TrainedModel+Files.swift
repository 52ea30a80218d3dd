package import DataSets
package import Kernels
package import Ranking
import Text
import Vocabulary

/// The bytes of a model directory and of its items' vectors.
package struct ModelFiles: Sendable {
  package var manifest, weights, users, items: [UInt8]
  /// `nil` if nothing folds events in.
  package var tower: [UInt8]?
  /// `nil` if the model knows no texts.
  package var lexicon, text: [UInt8]?

  package init(manifest: [UInt8], weights: [UInt8], users: [UInt8], items: [UInt8], tower: [UInt8]? = nil) {
    (self.manifest, self.weights, self.users, self.items) = (manifest, weights, users, items)
    self.tower = tower
  }

  /// All of them, in bytes.
  package var count: Int {
    manifest.count + weights.count + users.count + items.count
      + [tower, lexicon, text].reduce(0) { $0 + ($1?.count ?? 0) }
  }
}

extension TrainedModel {
  /// The files that servers and feeds read: `manifest.json`, `weights.safetensors`, `users.safetensors`,
  /// `items.safetensors` and, with a tower, `tower.safetensors`. Shoppers who are not in the table get the mean of those who are, or of their segment, or
  /// vectors for popularity, as far as `coldStart` knows them.
  package func files(
    weights weightStorage: TensorStorage = .float32, vectors vectorStorage: TensorStorage = .float32,
    coldStart: ColdStart? = nil
  ) throws(ModelError) -> ModelFiles {
    let manifest = try manifest(segments: coldStart?.segments)
    var users = SafetensorsWriter()
    users.add("id", userIDs.map(\.rawValue))
    var tables = [("query", queries), ("vector", network.users)]
    if let profiles = network.side.profiles { tables.append(("profile", profiles)) }
    for (name, table) in tables where table.columns > 0 {
      // Vectors of behaviour stand within those of a model that knows texts.
      func placed(_ values: [Float]) -> [Float] { name == "query" ? texts?.queries(values) ?? values : values }
      let columns = name == "query" ? manifest.collection.embeddingDimension : table.columns
      users.add(name, placed(Self.values(table)), shape: [table.rowCapacity, columns], as: vectorStorage)
      let mean = Self.mean(table, rows: table.rowCapacity)
      users.add("fallback.\(name)", placed(mean), shape: [columns])
      guard let coldStart else { continue }
      let popular =
        name == "query" ? coldStart.query(RetrievalTower(queries: queries, embeddings: embeddings)) : mean
      users.add("popularity.\(name)", placed(popular), shape: [columns])
      if let segments = coldStart.segments {
        users.add(
          "segment.\(name)", placed(coldStart.segmentMeans(table, otherwise: mean)),
          shape: [segments.words.count, columns], as: vectorStorage)
      }
    }
    if manifest.tower != nil {
      let none = [[(item: UInt64, weight: Float)]](repeating: [], count: userIDs.count)
      users.addStates(known?.histories ?? none, profileWeights: profileWeights, for: manifest)
    }
    if let owned = network.side.owned {
      users.add(owned: userIDs.indices.map { owned.owned(user: $0, ids: itemIDs) })
    }
    var items = SafetensorsWriter()
    items.add("id", itemIDs.map(\.rawValue))
    let embeddings = texts?.embeddings(embeddings) ?? embeddings
    items.add("embedding", Self.values(embeddings), shape: [itemIDs.count, embeddings.columns], as: vectorStorage)
    if manifest.collection.rerankDimension > 0 {
      items.add("rerank", Self.values(network.items), shape: [itemIDs.count, network.items.columns], as: vectorStorage)
    }
    var files = ModelFiles(
      manifest: manifest.json, weights: weightFile(weightStorage), users: users.file(), items: items.file(),
      tower: tower?.file)
    (files.lexicon, files.text) = (texts?.lexicon.bytes, texts?.file(vectorStorage))
    return files
  }

  /// What stands behind the profiles, in the unit of the weights that a server gives newer events; counts have none.
  private var profileWeights: [Float] {
    guard let renewal else { return [] }
    let unit = known?.unit ?? 1
    let columns = renewal.weights.columns
    let units = renewal.rules.inputs.map { input in
      switch input {
      case .mean, .share: unit
      case .count, .daysSinceLast: Float(1)
      }
    }
    return Self.values(renewal.weights).enumerated().map { place, weight in
      place % columns < units.count ? weight / units[place % columns] : weight
    }
  }

  private func weightFile(_ storage: TensorStorage) -> [UInt8] {
    var file = SafetensorsWriter()
    if network.weights.isEmpty {
      // The inner product as it is.
      file.add("layers.0.weight", [1], shape: [1, 1])
      file.add("layers.0.bias", [0], shape: [1])
    }
    for (layer, matrix) in network.weights.enumerated() {
      let inputs = matrix.rowCapacity - 1
      let rows = (0..<inputs).map { matrix.row($0) }
      let weights = (0..<matrix.columns).flatMap { out in rows.map { $0[out] } }
      file.add("layers.\(layer).weight", weights, shape: [matrix.columns, inputs], as: storage)
      file.add("layers.\(layer).bias", matrix.row(inputs), shape: [matrix.columns])
    }
    return file.file()
  }

  /// Reads the files of a model whose inputs a ranking network has: the retrieval score first, crosses last. Vectors are
  /// those of behaviour, as a checkpoint has them of a model that knows texts too; what it knows of these is not read.
  ///
  /// - Parameters:
  ///   - catalogue: The attributes of the items, in the order of `items.safetensors`; needed if the model reads any.
  ///   - plan: The moments of the events to train on, and what is known by then, for the model's users and items in
  ///     their order; without it nothing of the context is known.
  ///   - awaitsPlan: Whether a plan comes with `extended`: until then no user has had anything.
  /// - Throws: What is wrong, with file and field.
  package init(
    _ files: ModelFiles, catalogue: AttributeColumns? = nil, plan: FeaturePlan? = nil, awaitsPlan: Bool = false,
    kernels: KernelSet = KernelSet()
  ) throws(ModelError) {
    let manifest = try Manifest.read(json: files.manifest)
    guard manifest.userVectorSource == .table else {
      throw ModelError(.manifest, "user.vector", .unknown, "this trainer takes no query as user vector")
    }
    let users = try SafetensorsFile(files.users, as: .users)
    let userIDs = try users.ids("id").map { UserID($0) }
    let items = try SafetensorsFile(files.items, as: .items)
    let itemIDs = try items.ids("id").map { ItemID($0) }
    guard Set(userIDs).count == userIDs.count else { throw ModelError(.users, "id", .duplicate, "a user stands twice") }
    guard Set(itemIDs).count == itemIDs.count else {
      throw ModelError(.items, "id", .duplicate, "an item stands twice")
    }
    let (d, u, r) = (
      manifest.foldedDimension, manifest.userDimension, manifest.collection.rerankDimension
    )
    let queries = Self.matrix(try users.vectors("query", rows: userIDs.count, columns: d), userIDs.count, d)
    let embeddings = Self.matrix(try items.vectors("embedding", rows: itemIDs.count, columns: d), itemIDs.count, d)
    let p = manifest.profileDimension
    let profiles =
      p > 0
      ? Self.matrix(try users.vectors("profile", rows: userIDs.count, columns: p), userIDs.count, p) : nil
    var features = manifest.attributeFeatures
    var retrieval: SideInputs.Retrieval?
    if case .retrievalScore(let normalisation, let range) = features.first {
      guard !normalisation.takesLog else {
        throw ModelError(.manifest, "inputs.attributes[0]", .unknown, "a retrieval score has no logarithm")
      }
      retrieval = .init(queries: queries, embeddings: embeddings, normalisation: normalisation, range: range)
      features.removeFirst()
    }
    let ofItems = features.last?.owned == nil ? features : features.dropLast()
    guard ofItems.allSatisfy({ $0.attribute != nil }), ofItems.drop(while: { !$0.isCross }).allSatisfy(\.isCross)
    else {
      throw ModelError(
        .manifest, "inputs.attributes", .unknown,
        "this trainer takes the retrieval score first and once, and what reads more than the item last,"
          + " what the shopper has had behind all")
    }
    let reader = SideReader(
      attributes: features, context: manifest.contextFeatures, profileNames: manifest.profileNames,
      userCount: userIDs.count, itemIDs: itemIDs, kernels: kernels, awaitsPlan: awaitsPlan)
    var side = try reader.side(catalogue, profiles: profiles, plan: plan)
    side.retrieval = retrieval
    let shape = NetworkShape(
      userDimension: u, itemDimension: r, usesUser: manifest.usesUser, usesItem: manifest.usesItem,
      usesProduct: manifest.usesProduct, usesDot: manifest.usesDot, layers: manifest.layers)
    let network = RankingNetwork(
      shape, userCount: userIDs.count, itemCount: itemIDs.count, side: side, kernels: kernels)
    if u > 0 { Self.fill(network.users, try users.vectors("vector", rows: userIDs.count, columns: u)) }
    if r > 0 { Self.fill(network.items, try items.vectors("rerank", rows: itemIDs.count, columns: r)) }
    let weights = try SafetensorsFile(files.weights, as: .weights)
    for (layer, matrix) in network.weights.enumerated() {
      let inputs = matrix.rowCapacity - 1
      let values = try weights.floats("layers.\(layer).weight", shape: [matrix.columns, inputs])
      for i in 0..<inputs { matrix.setRow(i, (0..<matrix.columns).map { values[$0 * inputs + i] }) }
      matrix.setRow(inputs, try weights.floats("layers.\(layer).bias", shape: [matrix.columns]))
    }
    network.refreshTransposed()
    self.init(
      name: manifest.name, userIDs: userIDs, itemIDs: itemIDs, queries: queries, embeddings: embeddings,
      network: network, definitions: manifest.collection.attributes, attributeFeatures: features,
      contextFeatures: manifest.contextFeatures, profileNames: manifest.profileNames)
  }

  static func values(_ matrix: FloatMatrix) -> [Float] { (0..<matrix.rowCapacity).flatMap { matrix.row($0) } }

  private static func matrix(_ values: [Float], _ rows: Int, _ columns: Int) -> FloatMatrix {
    let matrix = FloatMatrix(rows: rows, columns: columns)
    fill(matrix, values)
    return matrix
  }

  private static func fill(_ matrix: FloatMatrix, _ values: [Float]) {
    for row in 0..<matrix.rowCapacity {
      matrix.setRow(row, values[row * matrix.columns..<(row + 1) * matrix.columns])
    }
  }
}
