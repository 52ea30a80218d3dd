import Arguments
import Bytes
import Ranking
import Vocabulary

/// The vectors of a feed whose rows have none: by id from safetensors, or by row from `.npy`.
struct FeedVectors: Sendable {
  private enum Form: Sendable {
    case byID(ItemVectors, rows: [ItemID: Int], met: Met)
    case byRow(embeddings: NumpyFile, reranks: NumpyFile?)
  }

  /// The rows whose items the source had.
  private final class Met: Sendable {
    private let rows: Lock<(flags: [Bool], count: Int)>

    init(_ count: Int) { rows = Lock(([Bool](repeating: false, count: count), 0)) }

    var count: Int { rows.withLock { $0.count } }

    func insert(_ row: Int) {
      rows.withLock { rows in
        if !rows.flags[row] { rows.count += 1 }
        rows.flags[row] = true
      }
    }
  }

  private let form: Form
  private let schema: CollectionSchema

  /// Vectors by id, from a safetensors file in memory.
  ///
  /// - Throws: What is wrong with the file; `duplicate` if an id stands twice.
  init(safetensors bytes: [UInt8], schema: CollectionSchema) throws(ModelError) {
    let vectors = try ItemVectors(bytes, for: schema)
    var rows: [ItemID: Int] = [:]
    for (row, id) in vectors.ids.enumerated() {
      guard rows.updateValue(row, forKey: id) == nil else {
        throw ModelError(.items, "id", .duplicate, "item \(id.rawValue) stands twice")
      }
    }
    form = .byID(vectors, rows: rows, met: Met(rows.count))
    self.schema = schema
  }

  /// Vectors of a file that is either, and rerank vectors of a second one if the first is `.npy`.
  init(_ path: String, reranks: String?, schema: CollectionSchema) throws(Failure) {
    let bytes = try Files.read(path, limit: 64 << 30)
    guard bytes.starts(with: NumpyFile.magic) else {
      guard reranks == nil else {
        if let foreign = ForeignFormat(head: bytes), foreign != .safetensors {
          throw Failure(.failed, "\(path): \(foreign.name): \(foreign.advice(for: .vectors))", name: "BAD_FILE")
        }
        throw Failure(
          .usage,
          "--rerank-vectors goes with a .npy file in --vectors, and \(path) is none; a safetensors file has both")
      }
      do throws(ModelError) { self = try FeedVectors(safetensors: bytes, schema: schema) } catch {
        throw Failure(error, path: path)
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

  /// The ids of vectors by id, in the order of their rows; `nil`: vectors by row.
  var ids: [ItemID]? { if case .byID(let vectors, _, _) = form { vectors.ids } else { nil } }

  /// How many rows the source must have; `nil`: any number.
  var rowCount: Int? { if case .byRow(let embeddings, _) = form { embeddings.rows } else { nil } }

  /// How many vectors by id belong to no item that the source had.
  var unmetCount: Int { if case .byID(let vectors, _, let met) = form { vectors.ids.count - met.count } else { 0 } }

  /// Notes that the source has an item.
  func meet(_ id: ItemID) { if case .byID(_, let rows, let met) = form { rows[id].map(met.insert) } }

  /// The vectors of an item; `nil` if the file has none for it.
  ///
  /// - Parameter row: The item's place in the source, from 0.
  func vectors(of id: ItemID, row: Int) -> (embedding: [Float], rerank: [Float])? {
    switch form {
    case .byID(let vectors, let rows, _):
      guard let row = rows[id] else { return nil }
      let (d, r) = (schema.embeddingDimension, schema.rerankDimension)
      return (Array(vectors.embeddings[row * d..<(row + 1) * d]), Array(vectors.reranks[row * r..<(row + 1) * r]))
    case .byRow(let embeddings, let reranks):
      guard row < embeddings.rows else { return nil }
      return (embeddings.row(row), reranks?.row(row) ?? [])
    }
  }
}
