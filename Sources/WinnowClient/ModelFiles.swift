import Wire

/// The files of a model directory, as bytes.
public struct ModelFiles: Sendable {
  /// `manifest.json`.
  public let manifest: [UInt8]
  /// `weights.safetensors`.
  public let weights: [UInt8]
  /// `users.safetensors`; empty if the model knows no users.
  public let users: [UInt8]
  /// `tower.safetensors`; empty if the model folds no sessions in.
  public let tower: [UInt8]
  /// `lexicon.bin`; empty if the model knows no words of the catalogue.
  public let lexicon: [UInt8]
  /// `text.safetensors`; empty if the model makes no vectors of texts.
  public let text: [UInt8]
  /// `suggest.bin`; empty if there is nothing to complete queries by.
  public let suggestions: [UInt8]
  /// `synonyms.txt`; empty: there are none.
  public let synonyms: [UInt8]
  /// `protected.txt`; empty: no word is protected from correction.
  public let protected: [UInt8]

  /// A model's files.
  public init(
    manifest: [UInt8], weights: [UInt8], users: [UInt8] = [], tower: [UInt8] = [], lexicon: [UInt8] = [],
    text: [UInt8] = [], suggestions: [UInt8] = [], synonyms: [UInt8] = [], protected: [UInt8] = []
  ) {
    self.manifest = manifest
    self.weights = weights
    self.users = users
    self.tower = tower
    self.lexicon = lexicon
    self.text = text
    self.suggestions = suggestions
    self.synonyms = synonyms
    self.protected = protected
  }

  /// Bytes of all files.
  public var byteCount: Int { parts.reduce(0) { $0 + $1.bytes.count } }

  var parts: [(file: ModelLoadRequest.File, bytes: [UInt8])] {
    [
      (.manifest, manifest), (.weights, weights), (.users, users), (.tower, tower), (.lexicon, lexicon), (.text, text),
      (.suggestions, suggestions), (.synonyms, synonyms), (.protected, protected),
    ]
  }
}
