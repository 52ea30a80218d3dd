extension Benchmark {
  /// Every benchmark; a new one is a line here and a file of its own.
  static let all: [Benchmark] =
    [
      Benchmark(
        name: "engine", what: "exact top 100 of 1,000,000 × 64 float32, one query, one thread",
        peer: "scoring the same rows without choosing", bar: 1.25, run: EngineBenchmark.run),
      Benchmark(
        name: "mlp", what: "network of 1,000 × 144 → 128 → 64 → 1 float32 on ready inputs, one thread",
        peer: "the same without carrying the user part", bar: 1, run: NetworkBenchmark.run),
      Benchmark(
        name: "rerank", what: "inputs and network of 1,000 × 144 → 128 → 64 → 1 float32, one thread",
        peer: "the network alone on ready inputs", bar: nil, run: RerankBenchmark.run),
      Benchmark(
        name: "raw-echo", what: "64 bytes there and back on loopback through links and actors, all on one processor",
        peer: "a bare C epoll echo, client and server, on the same processor", bar: 1.5, run: RawEchoBenchmark.run),
      Benchmark(
        name: "echo", what: "ECHO of 64 bytes on loopback, connection to connection, all on one processor",
        peer: "a bare C epoll echo of as many bytes, on the same processor", bar: 1.5, run: EchoBenchmark.run),
    ]
    + [(256, 1, 1.5), (256, 2, 1.5), (4096, 1, 1.3), (4096, 2, 1.3)].map { batch, threads, factor in
      Benchmark(
        name: "train-\(batch)-\(threads)",
        what: "an epoch of 512,000 samples, 32 + 32 → 128 → 64 → 1, dense Adam, batch \(batch), threads \(threads)",
        peer: "the fastest of PyTorch (eager, fused, compiled) and JAX", bar: 1 / factor,
        run: TrainBenchmark(batch: batch, threads: threads).run)
    }
}
