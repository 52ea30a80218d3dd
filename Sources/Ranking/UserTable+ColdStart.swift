import Vocabulary

extension UserTable {
  /// Which vectors a shopper needs: dimensions, 0 for none.
  struct Shape {
    let query: Int
    let vector: Int
    let profile: Int
    /// Whether the query vector serves as user vector.
    let takesQuery: Bool
    /// Of strangers' logits.
    let scaling: LogitScaling?

    /// The tensors of vectors for shoppers who are not in the table.
    func names(_ prefix: String) -> [String] {
      ["\(prefix).query"] + (vector > 0 ? ["\(prefix).vector"] : []) + (profile > 0 ? ["\(prefix).profile"] : [])
    }
  }

  /// Vectors for shoppers who are not in the table: one, or `rows` of them.
  ///
  /// - Returns: `nil` if the file has none of the tensors.
  /// - Throws: An error that names the tensor, if it has some and not all.
  static func coldStartVectors(
    _ file: SafetensorsFile, _ prefix: String, _ rows: Int?, _ shape: Shape
  ) throws(ModelError) -> [UserVectors]? {
    guard shape.names(prefix).contains(where: { file[$0] != nil }) else { return nil }
    func read(_ part: String, _ columns: Int) throws(ModelError) -> [Float] {
      let name = "\(prefix).\(part)"
      guard rows == nil else { return try file.vectors(name, rows: rows ?? 1, columns: columns) }
      let values = try file.floats(name, shape: [columns])
      guard Norm.isWithinLimit(values) else {
        throw ModelError(file.file, name, .outOfRange, "its norm is above 1e18")
      }
      return values
    }
    let queries = try read("query", shape.query)
    let vectors = shape.vector > 0 ? try read("vector", shape.vector) : []
    let profiles = shape.profile > 0 ? try read("profile", shape.profile) : []
    return (0..<(rows ?? 1)).map { row in
      let query = Array(queries[row * shape.query..<(row + 1) * shape.query])
      var user = UserVectors(
        query: query,
        vector: shape.takesQuery ? query : Array(vectors[row * shape.vector..<(row + 1) * shape.vector]),
        profile: Array(profiles[row * shape.profile..<(row + 1) * shape.profile]))
      user.scaling = shape.scaling
      return user
    }
  }

  /// The vectors of each segment, by its word.
  static func segments(
    _ file: SafetensorsFile, _ segments: Manifest.Segments?, _ shape: Shape
  ) throws(ModelError) -> [ExactText: UserVectors] {
    guard let segments else { return [:] }
    guard let vectors = try coldStartVectors(file, "segment", segments.words.count, shape) else {
      throw ModelError(file.file, "segment.query", .missing, "the manifest has segments")
    }
    return Dictionary(zip(segments.words.map(\.exact), vectors)) { first, _ in first }
  }
}
