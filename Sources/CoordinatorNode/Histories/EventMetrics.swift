import Telemetry
import Vocabulary
import Wire

/// Counts events by kind and by what became of them.
struct EventMetrics: Sendable {
  private let kinds: SeriesTable<ShopperAction, Counter>
  private let outcomes: SeriesTable<String, Counter>

  init(_ registry: MetricRegistry) {
    kinds = SeriesTable { kind in
      registry.counter(
        "winnow_event_kinds_total", help: "Events of batches that were answered, by kind.",
        labels: [("kind", kind.word)])
    }
    outcomes = SeriesTable { outcome in
      registry.counter(
        "winnow_events_total", help: "Events, by what became of them; fast ones are accepted too.",
        labels: [("outcome", outcome)])
    }
  }

  /// A batch was answered; a repeat counts once.
  func answered(_ request: EventRequest, _ response: EventResponse) {
    guard !response.isReplayed else { return }
    var byKind: [ShopperAction: UInt64] = [:]
    for entry in request.events { byKind[entry.event.kind, default: 0] += 1 }
    for (kind, count) in byKind { kinds[kind].add(count) }
    let counts = response.counts
    for (outcome, count) in [
      ("accepted", counts.accepted), ("fast", counts.fast), ("too_old", counts.tooOld),
      ("in_future", counts.inFuture), ("forgotten", counts.forgotten), ("not_executed", response.notExecuted),
      ("unknown", response.unknown),
    ] where count > 0 {
      outcomes[outcome].add(UInt64(count))
    }
  }
}
