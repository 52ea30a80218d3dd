import Bytes
import DataSets
import Foundation
import Learning
import Privacy
import SocketTransport
import Storage
import Support
import Towers
import Vocabulary

/// What private models are worth, what an attacker learns of them, and what a release takes. Figures of MovieLens 1M,
/// where it lies beside the checkout: the last rating of each user held out, all unseen films ranked, ties lost.
enum PrivacyBenchmark {
  static let all: [Benchmark] = [
    Benchmark(
      name: "privacy-quality", what: "HR@10 and NDCG@10 of private models of MovieLens 1M, mean of 5 seeds of noise",
      peer: nil, bar: nil, run: quality),
    Benchmark(
      name: "privacy-sparse", what: "the same of a sparse shop, Amazon's beauty articles, at ε = 8",
      peer: nil, bar: nil, run: sparse),
    Benchmark(
      name: "privacy-network",
      what: "HR@10 and NDCG@10 of MovieLens 1M with a private network over the table, mean of 5 seeds of noise",
      peer: nil, bar: nil, run: network),
    Benchmark(
      name: "privacy-attack",
      what: "how well planted users of 30 films are told from others, at ε = 2, mean of 5 seeds",
      peer: nil, bar: nil, run: attack),
    Benchmark(
      name: "privacy-together", what: "private models of four shops together beside each alone, mean of 3 seeds",
      peer: nil, bar: nil, run: together),
    Benchmark(
      name: "privacy-federate",
      what: "four silos of MovieLens 1M learn together at ε = 8: all that the silos compute, on one thread",
      peer: "60 s", bar: 1, run: federate),
    Benchmark(
      name: "privacy-release", what: "both releases of 1,000,000 events of 5,000 items, two threads",
      peer: "30 s", bar: 1, run: release),
  ]

  private static let delta = 1e-6

  private static func key(_ seed: Int) -> NoiseKey {
    NoiseKey(random: (0..<32).map { UInt8(truncatingIfNeeded: $0 * 7 + seed) })
  }

  private static func made(
    _ log: PrivateLog, _ settings: NeighbourSettings = .init(), epsilon: Double?, seed: Int
  ) throws -> NeighbourRelease {
    guard let epsilon else { return NeighbourRelease(log, settings, noise: nil, threads: 2) }
    guard let sigma = RenyiCurve.sigma(epsilon: epsilon, delta: delta) else {
      throw WrongResult(description: "no σ for ε = \(epsilon)")
    }
    let (counts, pairs) = settings.mechanisms(mu: 1 / sigma)
    return NeighbourRelease(log, settings, noise: (counts, pairs, key(seed)), threads: 2)
  }

  // MARK: Quality

  /// A promise, and what HR@10 and NDCG@10 are under it at least.
  private typealias Bar = (epsilon: Double?, hits: Double, ndcg: Double)

  @Sendable private static func quality(_ size: BenchmarkSize) throws -> Measurement {
    let bars: [Bar] = [(nil, 0.200, 0.109), (8, 0.172, 0.093), (4, 0.151, 0.082), (2, 0.120, 0.064)]
    return try quality(size, HeldOutItems.films, bars)
  }

  @Sendable private static func sparse(_ size: BenchmarkSize) throws -> Measurement {
    try quality(size, HeldOutItems.beauty, [(8, 0.042, 0.024)])
  }

  private static func quality(
    _ size: BenchmarkSize, _ read: () throws -> HeldOutItems?, _ bars: [Bar]
  ) throws -> Measurement {
    guard size == .full, let shop = try read() else { return Measurement(microseconds: [0], results: []) }
    var figures: [Measurement.Figure] = []
    var places: [UInt32] = []
    let begin = SystemClock().now()
    for (epsilon, hits, ndcg) in bars {
      let runs = try (1...(epsilon == nil ? 1 : 5)).map { seed in
        HeldOutItems.figures(shop.places(try made(shop.log, epsilon: epsilon, seed: seed)))
      }
      let (ourHits, ourNDCG) = (mean(runs.map(\.hits)), mean(runs.map(\.ndcg)))
      let name = epsilon.map { "ε = \(Int($0))" } ?? "no noise"
      EngineBenchmark.note(
        "\(name): HR@10 \(Fixed.text(ourHits)), NDCG@10 \(Fixed.text(ourNDCG)); HR of each seed "
          + runs.map { Fixed.text($0.hits) }.joined(separator: ", "))
      func figure(_ metric: String, _ bar: Double, _ ours: Double) -> Measurement.Figure {
        let least = "." + String(String(Int((bar * 1000).rounded()) + 1000).dropFirst())
        return .init(name: "\(name): \(least) over \(metric)", value: bar / ours, unit: "×", bar: 1)
      }
      figures += [figure("HR@10", hits, ourHits), figure("NDCG@10", ndcg, ourNDCG)]
      places += runs.map { UInt32($0.hits * 1e6) }
    }
    var measurement = Measurement(
      microseconds: [Double(begin.microseconds(until: SystemClock().now()))], results: places)
    measurement.figures = figures
    return measurement
  }

  // MARK: Network

  /// The table alone beside a smaller share of the budget for it and the rest for a network that orders again.
  @Sendable private static func network(_ size: BenchmarkSize) throws -> Measurement {
    guard size == .full, let films = try HeldOutItems.films() else {
      return Measurement(microseconds: [0], results: [])
    }
    let list = try PublicItems(
      EntityTable(
        ids: films.ids.map { "f\($0)" }, definitions: [AttributeDefinition(name: "genres", type: .keywordSet)],
        columns: [films.genres.map { .keywordSet($0) }]))
    let begin = SystemClock().now()
    var (figures, results): ([Measurement.Figure], [UInt32]) = ([], [])
    for epsilon in [8.0, 4] {
      let terms = try PrivacyTerms(epsilon: epsilon)
      let steps = StepSettings(users: 6000)
      guard let sigma = RenyiCurve.sigma(epsilon: epsilon, delta: delta) else { continue }
      let settings = NeighbourSettings()
      let (counts, pairs) = settings.mechanisms(mu: (1 - steps.share).squareRoot() / sigma)
      guard let mechanism = steps.mechanism(terms, beside: [counts, pairs]) else { continue }
      var (alone, kept, ordered): ([[Int]], [[Int]], [[Int]]) = ([], [], [])
      for seed in 1...5 {
        alone.append(films.places(try made(films.log, epsilon: epsilon, seed: seed)))
        let release = NeighbourRelease(films.log, settings, noise: (counts, pairs, key(seed)), threads: 2)
        let fit = PrivateNetworkFit(
          films.log, try PrivateInputs(list, release, settings), steps, noise: mechanism, key(seed), threads: 2)
        kept.append(films.places(release))
        ordered.append(films.places(release, fit))
      }
      func hits(_ places: [[Int]]) -> Double { mean(places.map { HeldOutItems.figures($0).hits }) }
      func ndcg(_ places: [[Int]]) -> Double { mean(places.map { HeldOutItems.figures($0).ndcg }) }
      for (name, places) in [("the table alone", alone), ("its share alone", kept), ("with the network", ordered)] {
        EngineBenchmark.note(
          "ε = \(Int(epsilon)), \(name): HR@10 \(Fixed.text(hits(places))), NDCG@10 \(Fixed.text(ndcg(places)))")
      }
      figures.append(
        .init(
          name: "ε = \(Int(epsilon)): NDCG@10 of the table alone over that with a network",
          value: ndcg(alone) / ndcg(ordered), unit: "×", bar: 1.1))
      results += ordered.map { UInt32(HeldOutItems.figures($0).hits * 1e6) }
    }
    var measurement = Measurement(
      microseconds: [Double(begin.microseconds(until: SystemClock().now()))], results: results)
    measurement.figures = figures
    return measurement
  }

  private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  // MARK: Attack

  /// Without noise an attacker has to see who was planted, else the attack proves nothing.
  @Sendable private static func attack(_ size: BenchmarkSize) throws -> Measurement {
    guard size == .full, let films = try HeldOutItems.films() else {
      return Measurement(microseconds: [0], results: [])
    }
    let byCount = films.byCount
    let begin = SystemClock().now()
    var (figures, results): ([Measurement.Figure], [UInt32]) = ([], [])
    let (rare, popular) = (Array(byCount.suffix(500)), Array(byCount.prefix(500)))
    for (name, items, least, bar) in [("rare", rare, 0.95, 0.62), ("popular", popular, 0.85, 0.70)] {
      let plain = try area(films, items, epsilon: nil, seed: 0)
      let areas = try (1...5).map { try area(films, items, epsilon: 2, seed: $0) }
      EngineBenchmark.note(
        "\(name): AUC \(Fixed.text(plain)) without noise, at ε = 2 "
          + areas.map { Fixed.text($0) }.joined(separator: ", "))
      figures.append(.init(name: "\(name), AUC at ε = 2", value: mean(areas), unit: "", bar: bar))
      figures.append(.init(name: "\(name), \(least) over AUC without noise", value: least / plain, unit: "×", bar: 1))
      results += areas.map { UInt32($0 * 1e6) }
    }
    var measurement = Measurement(
      microseconds: [Double(begin.microseconds(until: SystemClock().now()))], results: results)
    measurement.figures = figures
    return measurement
  }

  /// The area under the curve of the attack on a release, of 100 planted users against 1,000 who were not.
  private static func area(_ films: HeldOutItems, _ items: [UInt32], epsilon: Double?, seed: Int) throws -> Double {
    var random = SeededRandom(seed: 5)
    let users = (0..<1100).map { _ in Array(items.shuffled(using: &random).prefix(30)) }
    let log = PrivateLog(itemCount: films.count, histories: films.log.histories + users.prefix(100))
    var settings = NeighbourSettings()
    if epsilon == nil { settings.leastCount = 0 }
    let release = try made(log, settings, epsilon: epsilon, seed: seed)
    let attack = ReleaseAttack(release, settings)
    let fits = users.map { attack.evidence($0) }
    let wins = fits[..<100].reduce(0.0) { sum, own in
      sum + fits[100...].reduce(0.0) { $0 + (own > $1 ? 1 : own == $1 ? 0.5 : 0) }
    }
    return wins / 100_000
  }

  // MARK: Together

  @Sendable private static func together(_ size: BenchmarkSize) throws -> Measurement {
    guard size == .full, let films = try HeldOutItems.films() else {
      return Measurement(microseconds: [0], results: [])
    }
    let begin = SystemClock().now()
    var (figures, results): ([Measurement.Figure], [UInt32]) = ([], [])
    let shops = (0..<4).map { shop in films.part { $0 % 4 == shop } }
    for epsilon in [8.0, 4] {
      // Sums of silos are the sums of all users, bit for bit (`FederationTests`): one release stands for the four.
      let all = try (1...3).map { HeldOutItems.figures(films.places(try made(films.log, epsilon: epsilon, seed: $0))) }
      let alone = try (1...3).map { seed in
        HeldOutItems.figures(
          try shops.enumerated().flatMap { number, shop in
            shop.places(try made(shop.log, epsilon: epsilon, seed: seed * 4 + number))
          })
      }
      let (ours, theirs) = (mean(all.map(\.hits)), mean(alone.map(\.hits)))
      EngineBenchmark.note(
        "ε = \(Int(epsilon)): HR@10 \(Fixed.text(ours)) together, \(Fixed.text(theirs)) alone; NDCG@10 "
          + "\(Fixed.text(mean(all.map(\.ndcg)))), \(Fixed.text(mean(alone.map(\.ndcg))))")
      figures.append(
        .init(name: "ε = \(Int(epsilon)): 1.4 × alone over together", value: 1.4 * theirs / ours, unit: "×", bar: 1))
      results += [UInt32(ours * 1e6), UInt32(theirs * 1e6)]
    }
    var measurement = Measurement(
      microseconds: [Double(begin.microseconds(until: SystemClock().now()))], results: results)
    measurement.figures = figures
    return measurement
  }

  // MARK: Federate

  @Sendable private static func federate(_ size: BenchmarkSize) throws -> Measurement {
    guard size == .full, let films = try HeldOutItems.films() else {
      return Measurement(microseconds: [0], results: [])
    }
    let list = try PublicItems(EntityTable(ids: films.ids.map { "f\($0)" }, definitions: [], columns: []))
    let offer = try FederationOffer(
      members: ["a", "b", "c", "d"], list, PrivacyTerms(epsilon: 8), colluders: 1, NeighbourSettings())
    let hash = ContentHash.sha256(offer.json)
    let numbers = offer.members.indices.map { UInt32($0) }
    let disk = MemoryDisk()
    try disk.makeDirectory("/silos")
    let begin = SystemClock().now()
    let silos = try numbers.map { number in
      try Silo(
        offer, hash: hash, number: number, members: numbers, run: 1, films.part { $0 % 4 == Int(number) }.log,
        secretsAt: "/silos/\(number)",
        random: (0..<Silo.randomByteCount).map { UInt8(truncatingIfNeeded: $0 * 7 + Int(number)) }, on: disk, enter: {})
    }
    func total(_ round: UInt32, _ sums: (Silo, [UInt32: [UInt8]]) throws -> FederationFile) throws -> FederationFile {
      let keys = silos.map { $0.keyFile(round) }
      return try SecureSum.total(
        silos.map { try sums($0, $0.peers(keys, round)) }, silos: numbers,
        FederationFile.Place(offer: hash, round: round, run: 1))
    }
    let counts = try total(1) { try $0.counts($1) }
    let pairs = try total(2) { try $0.pairs($1, counts, threads: 1) }
    let release = try Silo.release(counts, pairs, offer, hash: hash)
    let table = release.table(ids: films.ids, offer.settings)
    let time = Double(begin.microseconds(until: SystemClock().now()))
    EngineBenchmark.note("\(release.kept.count) items are kept, \(table.weights.count) weights in the table")
    return Measurement(
      microseconds: [time], peerMicroseconds: [60e6],
      results: pairs.values.map { UInt32(truncatingIfNeeded: $0) })
  }

  // MARK: Release

  @Sendable private static func release(_ size: BenchmarkSize) throws -> Measurement {
    let (users, items, length) = size == .full ? (20_000, 5000, 50) : (400, 200, 20)
    var random = SeededRandom(seed: 24)
    let histories = (0..<users).map { _ in
      var seen: Set<UInt32> = []
      while seen.count < length { seen.insert(UInt32(random.next() % UInt64(items))) }
      return seen.sorted().shuffled(using: &random)
    }
    let log = PrivateLog(itemCount: items, histories: histories)
    var settings = NeighbourSettings()
    // All items are kept.
    settings.leastCount = -1e9
    let begin = SystemClock().now()
    let release = try made(log, settings, epsilon: 8, seed: 1)
    let time = Double(begin.microseconds(until: SystemClock().now()))
    var measurement = Measurement(
      microseconds: [time], peerMicroseconds: [30e6],
      results: release.counts.sums.map { UInt32(truncatingIfNeeded: $0) })
    EngineBenchmark.note("\(release.kept.count) items are kept")
    if let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
    {
      measurement.figures = [
        .init(name: "memory at its most", value: kibibytes * 1024 / 1e9, unit: "GB", bar: 1)
      ]
    }
    return measurement
  }
}

/// How much a release speaks for a user: by how much the pairs of the user's items stand out of what the items' other pairs
/// let expect.
private struct ReleaseAttack {
  private let release: NeighbourRelease
  private let settings: NeighbourSettings
  private let rowOf: [UInt32: Int]
  /// The sum of each row of the table, and of all rows.
  private let sums: [Double]
  private let total: Double

  init(_ release: NeighbourRelease, _ settings: NeighbourSettings) {
    (self.release, self.settings) = (release, settings)
    rowOf = Dictionary(uniqueKeysWithValues: release.kept.items.enumerated().map { ($1, $0) })
    sums = (0..<release.kept.count).map { a in
      max(0, (0..<release.kept.count).reduce(0.0) { $1 == a ? $0 : $0 + release.sums.value(a, $1) })
    }
    total = max(sums.reduce(0, +), 1e-9)
  }

  func evidence(_ history: [UInt32]) -> Double {
    let rows = history.compactMap { rowOf[$0] }
    var evidence = 0.0
    for (place, a) in rows.enumerated() {
      var share = 1.0
      for b in rows[(place + 1)...].prefix(settings.window) {
        let expected = sums[a] * sums[b] / total
        evidence += share * (release.sums.value(a, b) - expected) / (expected + 0.05).squareRoot()
        share *= settings.decay
      }
    }
    return evidence
  }
}

/// Four decimals.
private enum Fixed {
  static func text(_ value: Double) -> String { String(format: "%.4f", value) }
}
