import LoadClient
import Transport
import Vocabulary

/// Plans and answers of tests.
enum LoadPlans {
  static func open(
    _ rate: Double, to last: Double? = nil, arrivals: ArrivalSchedule.Kind = .constant, warmup: UInt64 = 0,
    duration: UInt64 = 1_000_000
  ) -> LoadPlan {
    LoadPlan(
      mode: .open(rate: LoadRate(from: rate, to: last ?? rate), arrivals: arrivals), warmupMicroseconds: warmup,
      durationMicroseconds: duration, seed: 1)
  }

  static let whole = LoadSample(.query, .answered(LoadAnswer()))

  static func at(_ microseconds: UInt64) -> Instant { Instant(nanoseconds: microseconds * 1000) }

  /// A run whose answers took these microseconds, one after another, a millisecond apart.
  static func report(_ latencies: [UInt64], samples: [LoadSample] = []) -> LoadReport {
    var machine = LoadMachine(open(1000, duration: UInt64(latencies.count) * 1000), start: at(0))
    for (index, latency) in latencies.enumerated() {
      let due = UInt64(index) * 1000
      guard case .send(let ticket) = machine.next(at: at(due)) else { break }
      machine.finished(ticket, index < samples.count ? samples[index] : whole, at: at(due + latency))
    }
    return machine.result()
  }
}
