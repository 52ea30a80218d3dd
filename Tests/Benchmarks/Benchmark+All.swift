import Learning
import Ranking
import Towers

extension Benchmark {
  /// Every benchmark; a new one is a line here and a file of its own.
  static let all: [Benchmark] =
    engine + engineFilters + engineThreads + rerank + encoders + single + service + feed
    + [lexical, serviceWords, suggest, growth, recovery, overload, fairness, soak, answerLog] + copies
    + LiveBenchmark.all + PageBenchmark.all + PageServiceBenchmark.all + PrivacyBenchmark.all + SecurityBenchmark.all
    + training + quality
    + text + search

  private static let lexical = Benchmark(
    name: "lexical",
    what: "exact top 100 of 1,000,000 short titles by one to five words, one query at a time, one thread",
    peer: "the fastest of bm25s, tantivy and SQLite FTS5 on one core, with --peers", bar: 0.5,
    run: LexicalBenchmark.run)

  private static let suggest = Benchmark(
    name: "suggest",
    what: "a completion of a shopper with 50 stored events, a file of 200,000 queries, a coordinator and two shards",
    peer: "the same of a stranger", bar: nil, run: SuggestBenchmark.run)

  private static let single: [Benchmark] = [
    Benchmark(
      name: "mlp", what: "network of 1,000 × 144 → 128 → 64 → 1 float32 on ready inputs, one thread",
      peer: "the same without carrying the user part", bar: 1, run: NetworkBenchmark.run),
    Benchmark(
      name: "raw-echo", what: "64 bytes there and back on loopback through links and actors, all on one processor",
      peer: "a bare C epoll echo, client and server, on the same processor", bar: 1.5, run: RawEchoBenchmark.run),
    Benchmark(
      name: "echo", what: "ECHO of 64 bytes on loopback, connection to connection, all on one processor",
      peer: "a bare C epoll echo of as many bytes, on the same processor", bar: 1.5, run: EchoBenchmark.run),
  ]

  private static let rerank: [Benchmark] = [(Arithmetic.float32, 1.5), (.bfloat16, nil), (.int8, 2)].map {
    (arithmetic: Arithmetic, factor: Double?) in
    Benchmark(
      name: "rerank-\(arithmetic.rawValue)",
      what: "inputs and network of 1,000 × 144 → 128 → 64 → 1 \(arithmetic.rawValue), one thread",
      peer: "onnxruntime's " + (arithmetic == .int8 ? "dynamic int8" : "float32") + " on ready inputs, with --peers",
      bar: factor.map { 1 / $0 }, run: RerankBenchmark(arithmetic: arithmetic).run)
  }

  private static let encoders: [Benchmark] =
    [(TowerShape.Encoder.sum, 0.1), (.convolution, 20), (.attention, 60)].map { encoder, allowed in
      Benchmark(
        name: "encoder-\(encoder.rawValue)", what: "the query of a shopper after 20 events, 64 dimensions",
        peer: "\(allowed) µs", bar: 1, run: { try EncoderBenchmark(encoder: encoder).serve($0, allowed: allowed) })
    }
    + [TowerShape.Encoder.convolution, .attention].map { encoder in
      Benchmark(
        name: "encoder-\(encoder.rawValue)-train",
        what: "64 windows of 8 × 64 through a mixed tower and back, with dropout, one thread",
        peer: "the same by torch on one thread, with --peers", bar: 0.5, run: EncoderBenchmark(encoder: encoder).train)
    }

  private static let service: [Benchmark] = [(EngineData.factors, 1 / 1.5), (.clusters, nil)].map {
    (data: EngineData, bar: Double?) in
    Benchmark(
      name: "service-\(data)",
      what:
        "a query's share of time: rank on 1,000,000 × 64 (\(data)), 1,000 re-ranked, top 20, a coordinator, two shards",
      peer: "FastAPI, FAISS IVF-SQ8 at recall .98 and onnxruntime, two workers, with --peers", bar: bar,
      run: ServiceBenchmark(data: data).run)
  }

  private static let serviceWords = Benchmark(
    name: "service-words",
    what: "a query's share of time: one to five words on 1,000,000 × 64 and titles, 200 re-ranked, 8 in flight",
    peer: "300 a second", bar: 1, run: ServiceWordsBenchmark.run)

  private static let growth = Benchmark(
    name: "growth",
    what: "p99 of 500 queries/s beside 200 writes/s on 200,000 × 64, depth 200, while 4 shards become 5 and 4 again",
    peer: "the same load on the cluster at rest, twice", bar: 1.5, run: GrowthBenchmark.run)

  private static let feed: [Benchmark] = [
    Benchmark(
      name: "feed-items", what: "1,000,000 × 64 items through a coordinator to two shards, on disk when acknowledged",
      peer: "5 s", bar: 1, run: { try await FeedBenchmark.items($0, isDurable: true) }),
    Benchmark(
      name: "feed-memory", what: "1,000,000 × 64 items through a coordinator to two shards, in memory alone",
      peer: "5 s", bar: 1, run: { try await FeedBenchmark.items($0, isDurable: false) }),
    Benchmark(
      name: "feed-updates",
      what: "the price of one of 200,000 × 64 items through a coordinator to one shard, on disk when acknowledged",
      peer: "20 µs: 50,000 a second", bar: 1, run: FeedBenchmark.updates),
    Benchmark(
      name: "events-batches",
      what: "an event of batches of 100 by 16 streams through a coordinator to one shard, on disk when acknowledged",
      peer: "10 µs: 100,000 a second", bar: 1, run: EventBenchmark.batches),
    Benchmark(
      name: "events-answer", what: "a click on disk and the answer that it changes, 20,000 × 64, two shards",
      peer: nil, bar: nil, run: HistoryQueryBenchmark.change),
    Benchmark(
      name: "events-history", what: "a query of a shopper with 50 stored events, 20,000 × 64, 200 re-ranked, 2 shards",
      peer: "the same query without events", bar: nil, run: HistoryQueryBenchmark.cost),
  ]

  private static let answerLog = Benchmark(
    name: "answer-log",
    what: "a query while all answers are logged, 8 at a time, 200,000 × 64, 200 re-ranked, 2 shards",
    peer: "the same cluster's queries that it does not log, in turn", bar: 1.03, run: AnswerLogBenchmark.cost)

  private static let recovery = Benchmark(
    name: "recovery",
    what: "a shard of 1,000,000 × 64 that was killed amid durable writes, from its start to its first answer",
    peer: "the two seconds that are promised", bar: 1, run: RecoveryBenchmark.run)

  private static let overload = Benchmark(
    name: "overload",
    what:
      "the price of a query answered in time at three times the load that can be answered, 1,000,000 × 64, depth 1,000",
    peer: "the same at the best load", bar: 1 / 0.9, run: OverloadBenchmark.run)

  private static let fairness = Benchmark(
    name: "fairness",
    what:
      "p99 of 25 queries/s on 200,000 × 64, depth 200, beside one connection with 256 in flight, and beside 24 "
      + "connections with 60 MiB of unfinished messages each",
    peer: "the same client alone", bar: 3, run: FairnessBenchmark.run)

  private static let soak = Benchmark(
    name: "soak",
    what: "20 minutes of queries, writes, scrapes, polls, reconnects, pushes and moves: what grows at the nodes",
    peer: nil, bar: nil, run: SoakBenchmark.run, failsBeyondBars: true)

  private static let copies: [Benchmark] = [
    Benchmark(
      name: "failover-primaries",
      what: "the longest write of each of 20 kills of a primary, 100 queries/s and 100 writes/s, 2 shards of 2 members",
      peer: nil, bar: nil, run: FailoverBenchmark.primaries),
    Benchmark(
      name: "failover-etcd",
      what: "an admin's wait while each of 3 members of etcd is killed once, the same load, 2 coordinators",
      peer: nil, bar: nil, run: FailoverBenchmark.etcd),
    Benchmark(
      name: "restart",
      what: "p99 of writes while every node is restarted, three rounds, 2 shards of 2 members and 2 coordinators",
      peer: nil, bar: nil, run: RestartBenchmark.run),
    Benchmark(
      name: "hedge-slow",
      what: "p99 of 100 queries/s while one of 4 members holds a tenth of its replies back for 200 ms",
      peer: "the same while none does", bar: 1.5, run: HedgeBenchmark.run),
    Benchmark(
      name: "hedge-rest",
      what: "the acknowledgement of a write by 2 shards of 2 members; 10,000 searches of every member",
      peer: "the same by shards of one member", bar: 2, run: CopiesBenchmark.run),
  ]

  private static let trainings: [(String, TrainBenchmark)] = [
    ("train-256-1", TrainBenchmark(batch: 256, threads: 1, tables: .dense, factor: 1.5)),
    ("train-256-2", TrainBenchmark(batch: 256, threads: 2, tables: .dense, factor: 1.5)),
    ("train-4096-1", TrainBenchmark(batch: 4096, threads: 1, tables: .dense, factor: 1.3)),
    ("train-4096-2", TrainBenchmark(batch: 4096, threads: 2, tables: .dense, factor: 1.3)),
    ("train-lazy-256-1", TrainBenchmark(batch: 256, threads: 1, tables: .rowLazy, factor: nil)),
    ("train-lazy-4096-2", TrainBenchmark(batch: 4096, threads: 2, tables: .rowLazy, factor: nil)),
  ]

  private static let training: [Benchmark] =
    trainings.map { name, benchmark in
      Benchmark(
        name: name,
        what: "an epoch of 512,000 samples, 32 + 32 → 128 → 64 → 1, Adam (\(benchmark.tables)), "
          + "batch \(benchmark.batch), threads \(benchmark.threads)",
        peer: benchmark.tables == .dense
          ? "the fastest of PyTorch (eager, fused, compiled) and JAX" : "PyTorch with SparseAdam",
        bar: benchmark.factor.map { 1 / $0 }, run: benchmark.run)
    } + [
      Benchmark(
        name: "train-lazy-ml-1m", what: "an epoch of ml-1m with 4 negatives, row-lazy Adam, batch 1,024, threads 2",
        peer: "PyTorch with SparseAdam", bar: nil, run: LazyAdamBenchmark.run)
    ] + sequences

  private static let sequences: [Benchmark] = [TowerShape.Encoder.attention, .convolution].map { encoder in
    Benchmark(
      name: "train-sequence-\(encoder.rawValue)",
      what: "an epoch of a mixed history tower (\(encoder.rawValue)), d = 64, L = 20, 1,024 drawn items, one thread",
      peer: "the same in PyTorch on one core, with --peers", bar: 0.5, run: SequenceBenchmark(encoder: encoder).run)
  }

  private static let quality: [Benchmark] = [
    Benchmark(
      name: "quality-ml-1m-retrieval", what: "training of exact iALS on ml-1m; NCF protocol at least .72/.44",
      peer: nil, bar: nil, run: QualityBenchmark.movieLensRetrieval),
    Benchmark(
      name: "quality-ml-1m-ranked", what: "training of iALS with a re-ranker on ml-1m; NCF protocol at least .72/.44",
      peer: nil, bar: nil, run: QualityBenchmark.movieLensRanked),
    Benchmark(
      name: "quality-ml-1m-network", what: "training of MLP [64, 32, 16, 8] on ml-1m; NCF protocol at least .67/.39",
      peer: nil, bar: nil, run: QualityBenchmark.movieLensNetwork),
    Benchmark(
      name: "quality-ncf-import", what: "the NCF paper's published MLP, imported; NCF protocol .6710/.3963",
      peer: nil, bar: nil, run: ImportedModelBenchmark.run),
    Benchmark(
      name: "quality-amazon-beauty", what: "training of a history tower; whole catalogue at least .0755/.0465",
      peer: nil, bar: nil, run: QualityBenchmark.beauty),
    Benchmark(
      name: "quality-fold-in",
      what: "training of a tower; one, two, four events folded in at least 1.2, 1.45, 1.9 times the vector of training",
      peer: nil, bar: nil, run: FoldInBenchmark.beauty),
  ]

  private static let text: [Benchmark] = [
    Benchmark(
      name: "text-title", what: "the terms of a title of 14, English stems", peer: "10 µs", bar: 1,
      run: TextBenchmark.titles),
    Benchmark(
      name: "text-query", what: "the terms of a query of four words", peer: "20 µs", bar: 1,
      run: TextBenchmark.queries),
    Benchmark(
      name: "text-known", what: "a query of four known words against a lexicon of 20,000", peer: "100 µs", bar: 1,
      run: TextBenchmark.known),
    Benchmark(
      name: "text-unknown", what: "a query of four words, one of them misspelt, against a lexicon of 20,000",
      peer: "2,000 µs", bar: 1, run: TextBenchmark.unknown),
  ]

  private static let search: [Benchmark] = [
    Benchmark(
      name: "quality-search-rules", what: "words alone on 54,667 titles: what each rule of correction adds", peer: nil,
      bar: nil, run: SearchQualityBenchmark.rules),
    Benchmark(
      name: "quality-search-home", what: "words alone on 54,667 titles; Recall@100, NDCG@10 at least .785/.42",
      peer: nil, bar: nil, run: SearchQualityBenchmark.homeImprovement),
    Benchmark(
      name: "quality-search-chinese", what: "words alone on 22,984 Chinese titles; at least .885/.82",
      peer: nil, bar: nil, run: SearchQualityBenchmark.chinese),
    Benchmark(
      name: "quality-search-cell-phones",
      what: "words and events on 10,429 items; HR@10, NDCG@10, MRR at least .82/.64/.59", peer: nil, bar: nil,
      run: SearchQualityBenchmark.cellPhones),
    Benchmark(
      name: "quality-search-tower",
      what: "words and a text tower on 54,667 titles: D, union, both scores, misspelt words; bars of each", peer: nil,
      bar: nil, run: SearchTowerBenchmark.homeImprovement),
    Benchmark(
      name: "quality-search-games", what: "words, text tower and clicks on 437 games; NDCG@10, HR@10 at least .74/.88",
      peer: nil, bar: nil, run: SearchTowerBenchmark.games),
    Benchmark(
      name: "quality-search-beauty",
      what: "categories asked by shoppers of 12,101 items: what the shopper adds; NDCG@10 at least .14", peer: nil,
      bar: nil, run: BeautySearch.run),
  ]
}
