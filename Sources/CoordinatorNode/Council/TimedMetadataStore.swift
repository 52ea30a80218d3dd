import Metadata
import Telemetry
import Vocabulary

/// A store whose calls are measured.
struct TimedMetadataStore: MetadataStore {
  private let store: any MetadataStore
  private let clock: any MonotonicClock
  private let seconds: SeriesTable<String, Histogram>

  /// - Parameter registry: Shows how long calls took, those that failed too.
  init(_ store: any MetadataStore, _ registry: MetricRegistry, clock: any MonotonicClock) {
    (self.store, self.clock) = (store, clock)
    seconds = SeriesTable { call in
      registry.histogram(
        "winnow_metadata_seconds", help: "Time of a call of the store of what the cluster agrees on.",
        labels: [("call", call)])
    }
  }

  func get(_ name: MetadataName) async throws(MetadataError) -> MetadataValue? {
    let start = clock.now()
    defer { note("read", since: start) }
    return try await store.get(name)
  }

  func compareAndSet(_ change: MetadataChange) async throws(MetadataError) -> MetadataValue {
    let start = clock.now()
    defer { note("change", since: start) }
    return try await store.compareAndSet(change)
  }

  func watch(_ name: MetadataName) -> AsyncStream<MetadataValue> { store.watch(name) }

  private func note(_ call: String, since start: Instant) {
    seconds[call].observe(Double(start.microseconds(until: clock.now())) / 1e6)
  }
}
