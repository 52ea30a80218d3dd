import Arguments
import Ranking
import Vocabulary

/// The vectors of a feed whose rows have none: by id from safetensors, or by row from `.npy`.
struct FeedVectors: Sendable {
  private enum Form: Sendable {
    case byID(ItemVectors, rows: [ItemID: Int])
    case byRow(embeddings: NumpyFile, reranks: NumpyFile?)
  }

  private let form: Form
  private let schema: CollectionSchema

  /// Vectors by id, from a safetensors file in memory.
  init(safetensors bytes: [UInt8], schema: CollectionSchema) throws(ModelError) {
    let vectors = try ItemVectors(bytes, for: schema)
    let rows = Dictionary(vectors.ids.enumerated().map { ($1, $0) }, uniquingKeysWith: { _, last in last })
    form = .byID(vectors, rows: rows)
    self.schema = schema
  }

  /// Vectors of a file that is either, and rerank vectors of a second one if the first is `.npy`.
  init(_ path: String, reranks: String?, schema: CollectionSchema) throws(Failure) {
    let bytes = try Files.read(path, limit: 64 << 30)
    guard bytes.starts(with: NumpyFile.magic) else {
      guard reranks == nil else {
        throw Failure(.usage, "--rerank-vectors goes with a .npy file in --vectors; a safetensors file has both")
      }
      do throws(ModelError) { self = try FeedVectors(safetensors: bytes, schema: schema) } catch {
        throw Failure(error)
      }
      return
    }
    self.schema = schema
    let embeddings = try Self.numpy(bytes, path, columns: schema.embeddingDimension)
    guard let reranks else {
      form = .byRow(embeddings: embeddings, reranks: nil)
      return
    }
    let second = try Self.numpy(Files.read(reranks, limit: 64 << 30), reranks, columns: schema.rerankDimension)
    guard second.rows == embeddings.rows else {
      throw Failure(.failed, "\(reranks) has \(second.rows) rows and \(path) \(embeddings.rows)")
    }
    form = .byRow(embeddings: embeddings, reranks: second)
  }

  private static func numpy(_ bytes: [UInt8], _ path: String, columns: Int) throws(Failure) -> NumpyFile {
    let file: NumpyFile
    do throws(NumpyFile.Mistake) { file = try NumpyFile(bytes) } catch {
      throw Failure(.failed, "\(path): \(error.message)", name: "BAD_FILE")
    }
    guard file.columns == columns else {
      throw Failure(.failed, "\(path): its rows have \(file.columns) numbers, the collection \(columns)")
    }
    return file
  }

  /// How many rows the source must have; `nil`: any number.
  var rowCount: Int? { if case .byRow(let embeddings, _) = form { embeddings.rows } else { nil } }

  /// The vectors of an item; `nil` if the file has none for it.
  ///
  /// - Parameter row: The item's place in the source, from 0.
  func vectors(of id: ItemID, row: Int) -> (embedding: [Float], rerank: [Float])? {
    switch form {
    case .byID(let vectors, let rows):
      guard let row = rows[id] else { return nil }
      let (d, r) = (schema.embeddingDimension, schema.rerankDimension)
      return (Array(vectors.embeddings[row * d..<(row + 1) * d]), Array(vectors.reranks[row * r..<(row + 1) * r]))
    case .byRow(let embeddings, let reranks):
      guard row < embeddings.rows else { return nil }
      return (embeddings.row(row), reranks?.row(row) ?? [])
    }
  }
}
