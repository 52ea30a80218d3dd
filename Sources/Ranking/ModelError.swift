/// The files of a model directory and of a feed, and what else is read as they are, by the names that errors print.
package enum ModelFile: String, Sendable {
  case manifest = "manifest.json"
  case weights = "weights.safetensors"
  case users = "users.safetensors"
  case tower = "tower.safetensors"
  case lexicon = "lexicon.bin"
  case text = "text.safetensors"
  case suggestions = "suggest.bin"
  case synonyms = "synonyms.txt"
  case protected = "protected.txt"
  case items = "items.safetensors"
  case schema = "schema.json"
  /// The file that a trainer keeps to go on later; no server reads it.
  case checkpoint = "checkpoint.safetensors"
  /// No file: what a console asks.
  case request
}

/// Why a model's files cannot be served: which file, which field of it, and what is wrong there.
package struct ModelError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of trouble; a closed set, so that tests and callers can tell them apart without reading text.
  package enum Kind: String, Sendable {
    case malformed
    case missing
    case unknown
    case duplicate
    case wrongType = "wrong type"
    case wrongShape = "wrong shape"
    case outOfRange = "out of range"
    case notFinite = "not finite"
    case overlap
  }

  package let file: ModelFile
  /// The path of a JSON field (`inputs.attributes[2].mean`) or the name of a tensor; empty for the file itself.
  package let field: String
  package let kind: Kind
  /// One sentence for people.
  package let detail: String

  package init(_ file: ModelFile, _ field: String, _ kind: Kind, _ detail: String) {
    self.file = file
    self.field = field
    self.kind = kind
    self.detail = detail
  }

  package var description: String {
    "\(file.rawValue): \(field.isEmpty ? "" : "\(field): ")\(kind.rawValue): \(detail)"
  }
}
