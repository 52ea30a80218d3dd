import Evaluation
import SocketTransport
import Support
import Vocabulary

/// What is promised of live quality, by the simulations that the tests run: the figures do not depend on the machine.
enum LiveBenchmark {
  static let all: [Benchmark] = [
    Benchmark(
      name: "live-same", what: "200 experiments whose arms are the same, looked at 20 times: those that are rejected",
      peer: nil, bar: nil, run: same, failsBeyondBars: true),
    Benchmark(
      name: "live-gain", what: "200 experiments with a gain of 2 % and the shoppers that the calculator asks for",
      peer: nil, bar: nil, run: gain, failsBeyondBars: true),
    Benchmark(
      name: "live-places", what: "clicks of shoppers who look at place p once in p times, weighted by places",
      peer: nil, bar: nil, run: places, failsBeyondBars: true),
    Benchmark(
      name: "live-drift", what: "30 days of tastes that turn, with a poisoned one: NDCG@10 with the loop and without",
      peer: nil, bar: nil, run: drift, failsBeyondBars: true),
  ]

  private static func same(_ size: BenchmarkSize) throws -> Measurement {
    let count: UInt64 = size == .full ? 200 : 4
    return try measured { () throws in
      let rejected = SimulatedExperiment.found(1..<count + 1, gain: 0)
      return [.init(name: "rejected of \(count)", value: Double(rejected), unit: "", bar: 18)]
    }
  }

  private static func gain(_ size: BenchmarkSize) throws -> Measurement {
    let count: UInt64 = size == .full ? 200 : 4
    return try measured { () throws in
      let found = SimulatedExperiment.found(1001..<1001 + count, gain: SimulatedExperiment.gain)
      return [
        .init(
          name: "not found of \(count), \(SimulatedExperiment.perArm) shoppers an arm",
          value: Double(Int(count) - found), unit: "", bar: 55)
      ]
    }
  }

  private static func places(_ size: BenchmarkSize) throws -> Measurement {
    try measured { () throws in
      let clicks = try PlacedClicks()
      let gain = clicks.gain
      return [
        .init(
          name: "NDCG@10 of clicks as they are, less that of weighted ones, at most", value: -gain.low, unit: "",
          bar: 0),
        .init(name: "share below training on true relevance", value: 1 - clicks.share, unit: "", bar: 0.02),
      ]
    }
  }

  private static func drift(_ size: BenchmarkSize) throws -> Measurement {
    try measured { () throws in
      let shop = DriftingShop()
      let pushed = DriftingShop.poisonedModels.count { !shop.refused.contains($0) }
      return [
        .init(
          name: "share lost with the loop, on the worst day", value: 1 - (shop.withLoop.min() ?? 0) / shop.start,
          unit: "", bar: 0.05),
        .init(
          name: "share kept without it", value: shop.withoutLoop / shop.start, unit: "", bar: 0.8),
        .init(name: "models of the poisoned day that were pushed", value: Double(pushed), unit: "", bar: 0),
      ]
    }
  }

  /// Times a simulation, and hashes its figures.
  private static func measured(_ simulate: () throws -> [Measurement.Figure]) throws -> Measurement {
    let clock = SystemClock()
    let start = clock.now()
    let figures = try simulate()
    var measurement = Measurement(
      microseconds: [Double(start.microseconds(until: clock.now()))],
      results: figures.map { Float($0.value).bitPattern })
    measurement.figures = figures
    return measurement
  }
}
