import Ranking
import Vocabulary

/// Turns the lines of an item file into items: `id`, attributes by their names, and vectors, inline or from a file.
struct ItemReader {
  /// What is wrong with a line.
  struct Mistake: Error {
    let message: String
    /// Where the line shows it.
    var id: ItemID?
  }

  private let schema: CollectionSchema
  private let vectors: ItemVectors?
  private let rows: [ItemID: Int]
  private let positions: [String: Int]

  init(schema: CollectionSchema, vectors: ItemVectors?) {
    self.schema = schema
    self.vectors = vectors
    rows = Dictionary(vectors?.ids.enumerated().map { ($1, $0) } ?? [], uniquingKeysWith: { _, last in last })
    positions = Dictionary(uniqueKeysWithValues: schema.attributes.enumerated().map { ($1.name, $0) })
  }

  /// The item of a line.
  func item(_ line: ArraySlice<UInt8>) throws(Mistake) -> Item {
    let value: JSON
    do throws(JSONReader.Mistake) { value = try JSONReader.read(line) } catch {
      throw Mistake(message: "not JSON: \(error.message) at byte \(error.column)")
    }
    guard case .object(let fields) = value else { throw Mistake(message: "not an object") }
    guard let number = value["id"]?.asID else {
      throw Mistake(message: "id is missing, or no integer from 0 to 2^64-1")
    }
    let id = ItemID(number)
    var item = Item(
      id: id, embedding: [], rerank: [],
      attributes: [AttributeValue?](repeating: nil, count: schema.attributes.count))
    if let vectors, let row = rows[id] {
      let (d, r) = (schema.embeddingDimension, schema.rerankDimension)
      item.embedding = Array(vectors.embeddings[row * d..<(row + 1) * d])
      item.rerank = Array(vectors.reranks[row * r..<(row + 1) * r])
    }
    for (key, value) in fields {
      switch key {
      case "id": break
      case "embedding": item.embedding = try vector(value, key, id)
      case "rerank": item.rerank = try vector(value, key, id)
      default:
        guard let position = positions[key] else {
          throw Mistake(message: "the collection has no attribute \(key.debugDescription)", id: id)
        }
        item.attributes[position] = try attribute(value, schema.attributes[position], id)
      }
    }
    if item.embedding.isEmpty {
      throw Mistake(message: vectors == nil ? "there is no embedding" : "the file of vectors has no such id", id: id)
    }
    return item
  }

  private func vector(_ value: JSON, _ key: String, _ id: ItemID) throws(Mistake) -> [Float] {
    guard let vector = value.asVector else { throw Mistake(message: "\(key) is not a list of numbers", id: id) }
    return vector
  }

  private func attribute(
    _ value: JSON, _ definition: AttributeDefinition, _ id: ItemID
  ) throws(Mistake) -> AttributeValue? {
    switch (definition.type, value) {
    case (_, .null): return nil
    case (.int, .int(let value)): return .int(Int64(value))
    case (.float, _):
      if let number = value.asNumber { return .float(number) }
    case (.bool, .bool(let flag)): return .bool(flag)
    case (.keyword, .text(let text)): return .keyword(text)
    case (.text, .text(let text)): return .text(text)
    case (.keywordSet, .list(let values)):
      var words: [String] = []
      for case .text(let word) in values { words.append(word) }
      if words.count == values.count {
        words.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return .keywordSet(
          words.enumerated().filter { $0 == 0 || Array(words[$0 - 1].utf8) != Array($1.utf8) }.map(\.1))
      }
    default: break
    }
    throw Mistake(message: "\(definition.name) is not of type \(definition.type.word)", id: id)
  }
}
