package import DataSets
import Kernels
import Names
package import Ranking
import Vocabulary

/// Vectors for cold start, of shoppers without vectors of their own: what sells, and the mean of a segment.
package struct ColdStart: Sendable {
  /// How popularity is counted, and brought to the length of shoppers' vectors.
  package struct Options: Sendable {
    /// Days after which an event counts half; `nil`: events of all times count alike.
    package var halfLifeDays: Double?
    /// Candidates whose scores are compared.
    package var depth = 200
    /// Users that a segment has at least: of fewer, its vectors would tell of each.
    package var leastUsers = 1
    package var seed: UInt64 = 1

    package init() {}
  }

  private let itemEvents: [Double]
  private let known: Histories?
  private let options: Options
  /// The segments of the known shoppers; `nil` if the data set gives none.
  package let segments: Manifest.Segments?
  private let segmentOfUser: [Int?]

  /// - Parameters:
  ///   - itemEvents: How often each item was met, in the model's order.
  ///   - known: What users have had, in the model's order; `nil`: the query keeps its own length.
  ///   - segments: The name of the segments and their words.
  ///   - segmentOfUser: For each user, in the model's order, the position of the word, if there is one.
  package init(
    itemEvents: [Double], known: Histories? = nil, _ options: Options = Options(),
    segments: Manifest.Segments? = nil, segmentOfUser: [Int?] = []
  ) {
    self.itemEvents = itemEvents
    self.known = known
    self.options = options
    self.segments = segments
    self.segmentOfUser = segmentOfUser
  }

  /// What a log says of what sells.
  package init(_ log: Interactions, _ options: Options) {
    self.init(itemEvents: log.counts(halfLifeDays: options.halfLifeDays), known: Histories(log), options)
  }

  /// What a data set says of them.
  ///
  /// - Parameters:
  ///   - counted: The log that popularity is made of; `nil`: all of it.
  ///   - segment: A keyword attribute of its users; `nil` makes no segments.
  /// - Throws: If users have no such attribute, or it has more words than a model may have segments.
  package init(
    _ data: DataSet, counted: Interactions? = nil, _ options: Options = Options(), segment: String?
  ) throws(ModelError) {
    let log = counted ?? data.interactions
    guard let segment else {
      self.init(log, options)
      return
    }
    guard let column = data.userDefinitions.firstIndex(where: { $0.name == segment && $0.type == .keyword }) else {
      throw ModelError(.manifest, "user.segment", .missing, "users have no keyword attribute \(segment)")
    }
    let ofUser = data.userColumns[column].map { value in
      if case .keyword(let word) = value { word } else { nil as String? }
    }
    var users: [ExactText: Int] = [:]
    for word in ofUser { if let word { users[word.exact, default: 0] += 1 } }
    let words = users.filter { $0.value >= options.leastUsers }.map(\.key).sorted()
    guard (1...Self.segmentsMax).contains(words.count) else {
      let least = options.leastUsers > 1 ? " of \(options.leastUsers) users or more" : ""
      throw ModelError(
        .manifest, "user.segment", .outOfRange,
        "\(segment) has \(words.count) words\(least), 1 to \(Self.segmentsMax) are possible")
    }
    let places = Dictionary(uniqueKeysWithValues: words.enumerated().map { ($1, $0) })
    self.init(
      itemEvents: log.counts(halfLifeDays: options.halfLifeDays), known: Histories(log), options,
      segments: Manifest.Segments(name: segment, words: words.map(\.text)),
      segmentOfUser: ofUser.map { $0.flatMap { places[$0.exact] } })
  }

  private static let segmentsMax = 4096

  /// The query vector `[d]` of strangers without a session: it ranks by what sells, and its scores are spread as
  /// those of shoppers are, because a network that reads them has learned from these.
  func query(_ tower: RetrievalTower, threads: Int = 1) -> [Float] {
    let query = popularity(tower.embeddings)
    guard let known else { return query }
    let active = (0..<min(known.userCount, tower.queries.rowCapacity)).filter { !known[$0].isEmpty }
    let random = CounterRandom(seed: options.seed, stream: Self.sampleStream)
    let users = Set(
      (0..<UInt64(Self.sampleUsers)).compactMap { draw in
        active.isEmpty ? nil : active[random.below(active.count, draw)]
      }
    ).sorted()
    let lists = CandidateLists(tower, for: users, without: known, depth: options.depth, threads: threads)
    let spreads = users.map { Self.deviation(tower.scores(tower.queries.row($0), lists[user: $0])) }
    let own = Self.deviation(tower.scores(query, tower.candidates(query, depth: options.depth)))
    let factor = Float(spreads.reduce(0, +) / Double(max(users.count, 1)) / own)
    return factor.isFinite && factor > 0 ? query.map { $0 * factor } : query
  }

  private static let sampleUsers = 100
  private static let sampleStream: UInt64 = 0x434F_4C44

  private static func deviation(_ scores: [Float]) -> Double {
    let mean = scores.reduce(0) { $0 + Double($1) } / Double(max(scores.count, 1))
    return (scores.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(max(scores.count, 1)))
      .squareRoot()
  }

  /// The query vector `[d]` whose inner products come closest to the logarithm of how often items were met: least
  /// squares around the means, with a small ridge.
  ///
  /// - Parameter embeddings: `[n, d]`, a row for each item.
  private func popularity(_ embeddings: FloatMatrix) -> [Float] {
    let (n, d) = (min(embeddings.rowCapacity, itemEvents.count), embeddings.columns)
    guard n > 0 else { return [Float](repeating: 0, count: d) }
    let targets = itemEvents.prefix(n).map { Transcendental.log(1 + $0) }
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

extension Interactions {
  private static let dayMilliseconds = 86_400_000.0

  /// How often each item was met; with a half-life, an event counts half for each such time that it is older than the
  /// last.
  func counts(halfLifeDays: Double?) -> [Double] {
    var counts = [Double](repeating: 0, count: itemCount)
    let end = times.max() ?? 0
    for (item, time) in zip(items, times) {
      guard let halfLifeDays else {
        counts[Int(item)] += 1
        continue
      }
      let days = (Double(end) - Double(time)) / Self.dayMilliseconds
      counts[Int(item)] += Transcendental.power(0.5, days / halfLifeDays)
    }
    return counts
  }
}
