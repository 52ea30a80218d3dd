package import DataSets
import Kernels
import Names
package import Ranking
import Vocabulary

/// Vectors for cold start, of shoppers without vectors of their own: what sells, and the mean of a segment.
package struct ColdStart: Sendable {
  private let itemEvents: [Int]
  /// The segments of the known shoppers; `nil` if the data set gives none.
  package let segments: Manifest.Segments?
  private let segmentOfUser: [Int?]

  /// - Parameters:
  ///   - itemEvents: How often each item was met, in the model's order.
  ///   - segments: The name of the segments and their words.
  ///   - segmentOfUser: For each user, in the model's order, the position of the word, if there is one.
  package init(itemEvents: [Int], segments: Manifest.Segments? = nil, segmentOfUser: [Int?] = []) {
    self.itemEvents = itemEvents
    self.segments = segments
    self.segmentOfUser = segmentOfUser
  }

  /// What a data set says of them.
  ///
  /// - Parameters:
  ///   - counted: The log that popularity is made of; `nil`: all of it.
  ///   - segment: A keyword attribute of its users; `nil` makes no segments.
  /// - Throws: If users have no such attribute, or it has more words than a model may have segments.
  package init(_ data: DataSet, counted: Interactions? = nil, segment: String?) throws(ModelError) {
    var itemEvents = [Int](repeating: 0, count: data.items.count)
    for item in (counted ?? data.interactions).items { itemEvents[Int(item)] += 1 }
    guard let segment else {
      self.init(itemEvents: itemEvents)
      return
    }
    guard let column = data.userDefinitions.firstIndex(where: { $0.name == segment && $0.type == .keyword }) else {
      throw ModelError(.manifest, "user.segment", .missing, "users have no keyword attribute \(segment)")
    }
    let ofUser = data.userColumns[column].map { value in
      if case .keyword(let word) = value { word } else { nil as String? }
    }
    let words = Set(ofUser.compactMap { $0?.exact }).sorted()
    guard (1...Self.segmentsMax).contains(words.count) else {
      throw ModelError(
        .manifest, "user.segment", .outOfRange,
        "\(segment) has \(words.count) words, 1 to \(Self.segmentsMax) are possible")
    }
    let places = Dictionary(uniqueKeysWithValues: words.enumerated().map { ($1, $0) })
    self.init(
      itemEvents: itemEvents, segments: Manifest.Segments(name: segment, words: words.map(\.text)),
      segmentOfUser: ofUser.map { $0.flatMap { places[$0.exact] } })
  }

  private static let segmentsMax = 4096

  /// The query vector `[d]` whose inner products come closest to the logarithm of how often items were met: least
  /// squares around the means, with a small ridge.
  ///
  /// - Parameter embeddings: `[n, d]`, a row for each item.
  func popularity(_ embeddings: FloatMatrix) -> [Float] {
    let (n, d) = (min(embeddings.rowCapacity, itemEvents.count), embeddings.columns)
    guard n > 0 else { return [Float](repeating: 0, count: d) }
    let targets = itemEvents.prefix(n).map { Transcendental.log(1 + Double($0)) }
    let targetMean = targets.reduce(0, +) / Double(n)
    var means = [Double](repeating: 0, count: d)
    for item in 0..<n { for (i, value) in embeddings.row(item).enumerated() { means[i] += Double(value) / Double(n) } }
    var left = [[Double]](repeating: [Double](repeating: 0, count: d), count: d)
    var right = [Double](repeating: 0, count: d)
    for item in 0..<n {
      let row = zip(embeddings.row(item), means).map { Double($0) - $1 }
      for i in 0..<d {
        right[i] += row[i] * (targets[item] - targetMean)
        for j in 0...i { left[i][j] += row[i] * row[j] }
      }
    }
    let ridge = 1e-6 * (0..<d).reduce(0) { $0 + left[$1][$1] } / Double(d) + 1e-12
    for i in 0..<d { left[i][i] += ridge }
    return Self.solve(left, right).map { Float($0) }
  }

  /// Solves by Cholesky's factors; `left` is positive definite and given by its lower half.
  private static func solve(_ left: [[Double]], _ right: [Double]) -> [Double] {
    var (factor, solution) = (left, right)
    for i in right.indices {
      for j in 0...i {
        var sum = factor[i][j]
        for k in 0..<j { sum -= factor[i][k] * factor[j][k] }
        factor[i][j] = i == j ? max(sum, 1e-12).squareRoot() : sum / factor[j][j]
      }
    }
    for i in right.indices {
      for k in 0..<i { solution[i] -= factor[i][k] * solution[k] }
      solution[i] /= factor[i][i]
    }
    for i in right.indices.reversed() {
      for k in (i + 1)..<max(right.count, i + 1) { solution[i] -= factor[k][i] * solution[k] }
      solution[i] /= factor[i][i]
    }
    return solution
  }

  /// The mean row of each segment's users, `[s, columns]`; a segment without users gets `mean`.
  func segmentMeans(_ table: FloatMatrix, otherwise mean: [Float]) -> [Float] {
    guard let segments else { return [] }
    var sums = [[Float]](repeating: [Float](repeating: 0, count: table.columns), count: segments.words.count)
    var counts = [Int](repeating: 0, count: segments.words.count)
    for (user, segment) in segmentOfUser.prefix(table.rowCapacity).enumerated() {
      guard let segment, sums.indices.contains(segment) else { continue }
      counts[segment] += 1
      for (i, value) in table.row(user).enumerated() { sums[segment][i] += value }
    }
    return zip(sums, counts).flatMap { sum, count in count > 0 ? sum.map { $0 / Float(count) } : mean }
  }
}
