import Retrieval
import Telemetry
import Transport
import Vocabulary
import Wire

/// A shard's counters, under the names that METRICS shows.
struct ShardMetrics: Sendable {
  private let registry = MetricRegistry()

  /// Counts an answered request of any kind, under the labels that a coordinator uses.
  func answered(_ opcode: Opcode, _ outcome: Outcome, microseconds: UInt64) {
    let word = if case .failure(let error) = outcome { error.code.name } else { "OK" }
    registry.counter(
      "winnow_requests_total", help: "Requests answered.", labels: [("request", opcode.name), ("outcome", word)]
    ).add()
    registry.histogram(
      "winnow_request_seconds", help: "From the arrival of a request to its answer.",
      labels: [("request", opcode.name)]
    ).observe(Double(microseconds) / 1e6)
  }

  /// A search ran.
  func scanned(_ response: SearchResponse) {
    registry.counter("winnow_scanned_items_total", help: "Items scored by searches.").add(response.scanned)
    registry.histogram("winnow_scan_seconds", help: "Time of scans.")
      .observe(Double(response.scanMicroseconds) / 1e6)
    if !response.isComplete {
      registry.counter("winnow_partial_scans_total", help: "Scans that ran out of time.").add()
    }
  }

  /// All metrics as text, with the present sizes of the collections and what their memory holds.
  func text(
    _ collections: CollectionDescribeResponse, _ memories: [(key: InstanceKey, memory: TableMemory)]
  ) -> String {
    for (key, memory) in memories {
      for part in memory.parts {
        registry.gauge(
          "winnow_memory_part_bytes", help: "Memory of items, by what it holds.",
          labels: [
            ("collection", key.name), ("generation", String(key.generation.rawValue)), ("part", part.name),
          ]
        ).set(Double(part.bytes))
      }
    }
    for collection in collections.collections {
      let labels = [("collection", collection.name), ("generation", String(collection.generation.rawValue))]
      registry.gauge("winnow_items", help: "Items held.", labels: labels).set(Double(collection.items))
      registry.gauge("winnow_memory_bytes", help: "Memory of items.", labels: labels)
        .set(Double(collection.memoryBytes))
    }
    return registry.text()
  }
}
