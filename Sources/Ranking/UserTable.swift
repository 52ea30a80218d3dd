package import Vocabulary

/// The shoppers a model knows, by id: query embeddings `[n, d]`, user vectors `[n, u]`, profiles `[n, p]`.
package struct UserTable: Sendable {
  /// Ids in ascending order, and the row of each.
  private let ids: [UInt64]
  private let rows: [UInt32]
  private let query: Matrix
  /// `nil` where the query vector serves as user vector.
  private let vector: Matrix?
  private let profile: Matrix
  /// What each has had; `nil` where the model does not read it.
  private let owned: OwnedTable?
  /// For shoppers who are not in the table, if the model has such vectors.
  package let fallback: UserVectors?
  /// For the same: vectors that rank by what sells.
  package let popularity: UserVectors?
  /// By the bytes of the segment's word.
  private let segments: [ExactText: UserVectors]

  /// A table without shoppers, for a model without `users.safetensors`.
  init() {
    ids = []
    rows = []
    query = Matrix(values: [], columns: 0)
    vector = nil
    profile = Matrix(values: [], columns: 0)
    owned = nil
    fallback = nil
    popularity = nil
    segments = [:]
  }

  /// Reads `users.safetensors` as the manifest describes it.
  ///
  /// - Throws: An error that names the tensor; `duplicate` if an id stands twice.
  init(_ file: SafetensorsFile, for manifest: Manifest) throws(ModelError) {
    let unsorted = try file.ids("id")
    let n = unsorted.count
    guard UInt32(exactly: n) != nil else {
      throw ModelError(file.file, "id", .outOfRange, "\(n) users, fewer than 2^32 are possible")
    }
    let d = manifest.collection.embeddingDimension
    let hasVector = manifest.userVectorSource == .table && manifest.userDimension > 0
    let p = manifest.profileDimension
    query = Matrix(values: try file.vectors("query", rows: n, columns: d), columns: d)
    if hasVector {
      let u = manifest.userDimension
      vector = Matrix(values: try file.vectors("vector", rows: n, columns: u), columns: u)
    } else {
      vector = manifest.userVectorSource == .query ? nil : Matrix(values: [], columns: 0)
    }
    profile = Matrix(values: p > 0 ? try file.vectors("profile", rows: n, columns: p) : [], columns: p)
    owned = manifest.owned == nil ? nil : try OwnedTable(file, rows: n)

    let shape = Shape(
      query: d, vector: hasVector ? manifest.userDimension : 0, profile: p,
      takesQuery: manifest.userVectorSource == .query)
    fallback = try Self.coldStartVectors(file, "fallback", nil, shape)?.first
    popularity = try Self.coldStartVectors(file, "popularity", nil, shape)?.first
    segments = try Self.segments(file, manifest.segments, shape)
    try file.refuseTensors(
      besides: ["id", "query"] + (hasVector ? ["vector"] : []) + (p > 0 ? ["profile"] : [])
        + ["fallback", "popularity"].flatMap(shape.names)
        + (manifest.segments == nil ? [] : shape.names("segment")) + (owned == nil ? [] : OwnedTable.names))

    rows = (0..<UInt32(n)).sorted { unsorted[Int($0)] < unsorted[Int($1)] }
    ids = rows.map { unsorted[Int($0)] }
    if let twice = zip(ids, ids.dropFirst()).first(where: { $0 == $1 }) {
      throw ModelError(file.file, "id", .duplicate, "user \(twice.0) stands twice")
    }
  }

  /// The first ids in ascending order, at most `most`: shoppers to try.
  package func firstIDs(_ most: Int) -> [UInt64] { Array(ids.prefix(most)) }

  /// Number n of shoppers.
  package var count: Int { ids.count }

  /// The vectors of a shopper, or `nil` if the table does not have them.
  ///
  /// - Complexity: O(log n).
  package subscript(id: UserID) -> UserVectors? {
    var low = 0
    var high = ids.count
    while low < high {
      let middle = (low + high) / 2
      if ids[middle] < id.rawValue { low = middle + 1 } else { high = middle }
    }
    guard low < ids.count, ids[low] == id.rawValue else { return nil }
    let row = Int(rows[low])
    let query = query.row(row)
    var vectors = UserVectors(query: query, vector: vector?.row(row) ?? query, profile: profile.row(row))
    if let owned { vectors.owned = owned[row] }
    return vectors
  }

  /// The vectors of a segment, or `nil` if the model does not have it.
  package func segment(_ word: String) -> UserVectors? { segments[word.exact] }

  /// Rows one behind another, row-major.
  private struct Matrix: Sendable {
    let values: [Float]
    let columns: Int

    func row(_ index: Int) -> [Float] { Array(values[index * columns..<(index + 1) * columns]) }
  }
}
