import Telemetry
import Vocabulary

/// Metrics of arms and shadows, under the names that Prometheus sees; `cluster/operators.md` explains each.
struct ArmMetrics: Sendable {
  private struct Key: Hashable, Sendable {
    let collection: String
    let arm: String
    var event: ShopperAction?
  }

  private let queries, failures, events: SeriesTable<Key, Counter>
  private let results, shared: SeriesTable<String, Counter>

  init(_ registry: MetricRegistry) {
    func counters(_ name: String, _ help: String) -> SeriesTable<Key, Counter> {
      SeriesTable { key in
        registry.counter(
          name, help: help,
          labels: [("collection", key.collection), ("arm", key.arm)] + (key.event.map { [("event", $0.word)] } ?? []))
      }
    }
    queries = counters("winnow_arm_queries_total", "Queries of shoppers by the arm that answered them.")
    failures = counters("winnow_arm_failures_total", "Those of them that failed by a fault of the cluster.")
    events = counters("winnow_arm_events_total", "Clicks, carts and purchases of shoppers by their arm.")
    results = SeriesTable {
      registry.counter(
        "winnow_shadow_results_total", help: "Results of generations in the shadow.", labels: [("collection", $0)])
    }
    shared = SeriesTable {
      registry.counter(
        "winnow_shadow_shared_total", help: "Those of them that the answer had too.", labels: [("collection", $0)])
    }
  }

  func answered(_ collection: String, _ arm: String, failed: Bool) {
    queries[Key(collection: collection, arm: arm)].add()
    if failed { failures[Key(collection: collection, arm: arm)].add() }
  }

  func happened(_ collection: String, _ arm: String, _ event: ShopperAction) {
    events[Key(collection: collection, arm: arm, event: event)].add()
  }

  func measured(_ collection: String, results count: Int, shared both: Int) {
    results[collection].add(UInt64(count))
    shared[collection].add(UInt64(both))
  }
}
