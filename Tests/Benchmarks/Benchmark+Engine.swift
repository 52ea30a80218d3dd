extension Benchmark {
  private static let engineCases: [(String, EngineBenchmark, Double?)] = [
    ("engine-factors", EngineBenchmark(data: .factors, limit: 100, load: .one), 1 / 3.0),
    ("engine-clusters", EngineBenchmark(data: .clusters, limit: 100, load: .one), 1 / 4.0),
    ("engine-isotropic", EngineBenchmark(data: .isotropic, limit: 100, load: .one), nil),
    ("engine-real", EngineBenchmark(data: .real, limit: 100, load: .one), 1 / 3.0),
    ("engine-1000", EngineBenchmark(data: .factors, limit: 1000, load: .one), 1 / 3.0),
    ("engine-128", EngineBenchmark(data: .factors, limit: 100, load: .one, dimension: 128), nil),
    ("engine-many", EngineBenchmark(data: .factors, limit: 100, load: .many), 1 / 2.0),
    ("engine-many-clusters", EngineBenchmark(data: .clusters, limit: 100, load: .many), 1 / 2.0),
    ("engine-many-real", EngineBenchmark(data: .real, limit: 100, load: .many), 1 / 2.0),
    ("engine-many-128", EngineBenchmark(data: .factors, limit: 100, load: .many, dimension: 128), 1 / 2.0),
    ("engine-many-1000", EngineBenchmark(data: .factors, limit: 1000, load: .many, allowed: 2000), 1),
    ("engine-approximate", EngineBenchmark(data: .factors, limit: 100, load: .many, rivals: .approximate), 1 / 3.0),
  ]

  static let engine: [Benchmark] = engineCases.map { name, benchmark, bar in
    Benchmark(
      name: name,
      what: "exact top \(benchmark.limit) of 1,000,000 × \(benchmark.dimension) (\(benchmark.data)), "
        + (benchmark.load == .one ? "one query, one thread" : "64 queries at once, one thread, each"),
      peer: benchmark.allowed.map { "\(Int($0)) µs" }
        ?? (benchmark.rivals == .approximate
          ? "with --peers the fastest approximate index that finds 98 %"
          : "a float32 scan by us, or with --peers the fastest of FAISS flat, ScaNN brute force and SVS flat"),
      bar: bar,
      run: benchmark.run)
  }

  private static let kept: [(name: String, perMille: Int, bar: Double)] = [
    ("half", 500, 1.3), ("tenth", 100, 1.0), ("hundredth", 10, 0.5), ("thousandth", 1, 0.2),
  ]

  static let engineFilters: [Benchmark] =
    kept.flatMap { name, perMille, bar in
      [
        ("engine-filter-\(name)", "a keyword", "brand = \(name)"),
        ("engine-range-\(name)", "a range of ints", "price < \(perMille)"),
      ].map { line, what, text in
        Benchmark(
          name: line, what: "exact top 100 of 1,000,000 × 64 (factors), \(what) keeping \(Double(perMille) / 10) %",
          peer: "the same without a filter", bar: bar, run: EngineFilterBenchmark(restriction: .filter(text)).run)
      }
    } + [
      Benchmark(
        name: "engine-exclude", what: "exact top 100 of 1,000,000 × 64 (factors) without 100,000 ids, sets made anew",
        peer: "the same without exclusions", bar: 1.5, run: EngineFilterBenchmark(restriction: .exclude(100_000)).run)
    ]

  static let engineThreads: [Benchmark] = [
    Benchmark(
      name: "engine-threads", what: "exact top 100 of 1,000,000 × 64 (factors), one query, two threads",
      peer: "the same on one thread", bar: 0.75, run: EngineThreadsBenchmark.query),
    Benchmark(
      name: "engine-proof", what: "1,024 random pairs of a query and a row against the scalar twin, 10 million in all",
      peer: nil, bar: nil, run: EngineProofBenchmark.run),
    Benchmark(
      name: "engine-build", what: "codes of 1,000,000 × 64 (factors) on two threads", peer: "1.5 s", bar: 1,
      run: EngineThreadsBenchmark.build),
  ]
}
