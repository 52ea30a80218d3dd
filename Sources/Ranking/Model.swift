import Bytes
package import Text
package import Towers
import Vocabulary

/// A model ready to rank: manifest, network and user table, checked as a whole.
package struct Model: Sendable {
  /// Limits of the files, in bytes.
  package static let manifestBytesMax = Manifest.bytesMax
  package static let weightsBytesMax = 1 << 30
  package static let usersBytesMax = 4 << 30
  package static let towerBytesMax = 1 << 30

  package let manifest: Manifest
  package let users: UserTable
  /// What folds events in; `nil`: nothing does.
  package let tower: Tower?
  /// What queries with words read; `nil`: there is no lexicon.
  package let words: ModelWords?
  /// What queries are completed by; `nil`: nothing is known.
  package let suggestions: Suggestions?
  /// Makes vectors of texts; `nil`: queries with words are searched for by their words alone.
  package let text: TextTower?
  /// Reads items for the renewal of profiles; `nil`: there is none.
  package let historyReader: HistoryReader?
  /// SHA-256 of the manifest, weights, users, tower, lexicon, text, suggestions, synonyms and protected words joined in
  /// this order, 32 bytes.
  package let hash: [UInt8]
  let layers: NetworkLayers

  /// Reads and checks the files of a model directory; without a users file the table is empty.
  ///
  /// - Throws: What is wrong, with file and field.
  package static func load(
    manifest manifestBytes: [UInt8], weights weightBytes: [UInt8], users userBytes: [UInt8]? = nil,
    tower towerBytes: [UInt8]? = nil, words: WordFiles = WordFiles()
  ) throws(ModelError) -> Model {
    for (file, count, limit) in [
      (ModelFile.weights, weightBytes.count, weightsBytesMax), (.users, userBytes?.count ?? 0, usersBytesMax),
      (.tower, towerBytes?.count ?? 0, towerBytesMax),
    ] + words.all.map({ ($0.file, $0.bytes?.count ?? 0, $0.limit) }) where count > limit {
      throw ModelError(file, "", .outOfRange, "\(count) bytes, at most \(limit)")
    }
    let manifest = try Manifest.read(json: manifestBytes)
    let weights = try SafetensorsFile(weightBytes, as: .weights)
    var users = UserTable()
    if let userBytes { users = try UserTable(SafetensorsFile(userBytes, as: .users), for: manifest) }
    return Model(
      manifest, layers: try NetworkLayers(weights, for: manifest), users: users,
      tower: try Tower.read(towerBytes, for: manifest), words: try ModelWords(words),
      suggestions: try Suggestions(file: words.suggestions),
      text: try TextTower.read(words, for: manifest),
      hash: ContentHash.sha256(
        joining: [manifestBytes, weightBytes, userBytes ?? [], towerBytes ?? []] + words.all.map { $0.bytes ?? [] }))
  }

  private init(
    _ manifest: Manifest, layers: NetworkLayers, users: UserTable, tower: Tower?, words: ModelWords?,
    suggestions: Suggestions?, text: TextTower?, hash: [UInt8]
  ) {
    self.manifest = manifest
    self.users = users
    self.tower = tower
    self.words = words
    self.suggestions = suggestions
    self.text = text
    historyReader = manifest.renewal.map { HistoryReader($0.inputs, decay: $0.decay) }
    self.hash = hash
    self.layers = layers
  }

  /// Number of weights and biases.
  package var parameterCount: Int { layers.parameterCount }

  /// The first 8 bytes of the hash as a little-endian number, by which reports name the model.
  package var id: UInt64 { Self.id(ofHash: hash) }

  /// The id of a model whose files have this hash.
  package static func id(ofHash hash: [UInt8]) -> UInt64 {
    hash.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// What is known of a shopper who is given by vectors, not by id.
  ///
  /// - Parameters:
  ///   - query: Query vector `[d]`.
  ///   - vector: User vector `[u]`, or `nil`: the query vector if the manifest says so or u = d, else zeros.
  /// - Precondition: The counts are d and u.
  package func user(query: [Float], vector: [Float]? = nil) -> UserVectors {
    let d = manifest.collection.embeddingDimension
    let u = manifest.userDimension
    precondition(query.count == d && (vector?.count ?? u) == u, "vectors of \(query.count), \(vector?.count ?? u)")
    return UserVectors(
      query: query, vector: vector ?? (u == d ? query : [Float](repeating: 0, count: u)),
      profile: users.fallback?.profile ?? [Float](repeating: 0, count: manifest.profileDimension))
  }
}
