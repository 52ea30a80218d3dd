import Retrieval
import Telemetry
import Transport
import Vocabulary
import Wire

/// A shard's counters, under the names that METRICS shows; `cluster/operators.md` explains each.
final class ShardMetrics: Sendable {
  private struct Answer: Hashable, Sendable {
    let opcode: Opcode
    let error: ErrorCode?
  }

  let registry = MetricRegistry()
  private let requests: SeriesTable<Answer, Counter>
  private let requestSeconds: SeriesTable<Opcode, Histogram>
  private let scannedItems, partialScans: Counter
  private let queueSeconds, scanSeconds: Histogram

  init() {
    let registry = registry
    requests = SeriesTable { key in
      registry.counter(
        "winnow_requests_total", help: "Requests answered.",
        labels: [("request", key.opcode.name), ("outcome", key.error?.name ?? "OK")])
    }
    requestSeconds = SeriesTable { opcode in
      registry.histogram(
        "winnow_request_seconds", help: "From the arrival of a request to its answer.",
        labels: [("request", opcode.name)])
    }
    scannedItems = registry.counter("winnow_scanned_items_total", help: "Items scored by searches.")
    partialScans = registry.counter("winnow_partial_scans_total", help: "Scans that ran out of time.")
    queueSeconds = registry.histogram(
      "winnow_scan_queue_seconds", help: "From the arrival of a search to the start of its scan.")
    scanSeconds = registry.histogram("winnow_scan_seconds", help: "Time of scans.")
  }

  /// Counts an answered request of any kind, under the labels that a coordinator uses.
  func answered(_ opcode: Opcode, _ error: ErrorCode?, microseconds: UInt64) {
    requests[Answer(opcode: opcode, error: error)].add()
    requestSeconds[opcode].observe(Double(microseconds) / 1e6)
  }

  /// A search ran.
  func scanned(_ response: SearchResponse) {
    scannedItems.add(response.scanned)
    queueSeconds.observe(Double(response.queueMicroseconds) / 1e6)
    scanSeconds.observe(Double(response.scanMicroseconds) / 1e6)
    if !response.isComplete { partialScans.add() }
  }

  /// Shows what the journal measures by itself.
  func show(_ journal: ShardJournal) {
    let measures = journal.measures
    registry.histogram(
      "winnow_log_commit_seconds", help: "Time of a commit of the log: its write and its fdatasync.",
      shown: measures.commitSeconds)
    registry.histogram(
      "winnow_log_commit_records", help: "Records that one commit has made durable.", shown: measures.commitRecords)
    registry.histogram(
      "winnow_checkpoint_seconds", help: "Time to write a checkpoint.", shown: measures.checkpointSeconds)
    registry.counter("winnow_log_bytes_total", help: "Bytes of records that were appended to the log.") {
      Double(measures.appendedBytes.value)
    }
    registry.counter("winnow_checkpoint_failures_total", help: "Checkpoints for which the disk had no room.") {
      Double(measures.checkpointFailures.value)
    }
    registry.gauge("winnow_log_files", help: "Files of the log, 64 MiB each.") { Double(journal.fileCount) }
    registry.gauge("winnow_log_replay_bytes", help: "Bytes that a start would replay now.") {
      Double(journal.bytesSinceCut)
    }
  }

  /// Takes the readings that are not counted as they happen.
  func show(
    _ collections: CollectionDescribeResponse, _ memories: [(key: InstanceKey, memory: TableMemory)],
    _ links: [LinkTraffic], memoryMax: Int?
  ) {
    func labels(_ name: String, _ generation: Generation) -> [MetricRegistry.Label] {
      [("collection", name), ("generation", String(generation.rawValue))]
    }
    registry.show(
      "winnow_memory_part_bytes", help: "Memory of items, by what it holds.",
      memories.flatMap { key, memory in
        memory.parts.map { part in
          (labels: labels(key.name, key.generation) + [("part", part.name)], value: Double(part.bytes))
        }
      })
    registry.show(
      "winnow_items", help: "Items held.",
      collections.collections.map { (labels: labels($0.name, $0.generation), value: Double($0.items)) })
    registry.show(
      "winnow_memory_bytes", help: "Memory of items.",
      collections.collections.map { (labels: labels($0.name, $0.generation), value: Double($0.memoryBytes)) })
    registry.show(
      "winnow_memory_limit_bytes", help: "Memory that items may take (--memory-max); absent: no limit.",
      memoryMax.map { [(labels: [], value: Double($0))] } ?? [])
    registry.show(
      "winnow_link_bytes_total",
      help: "Payload bytes over a link, raw before compression and as they travelled (wire).",
      isCounter: true, links.flatMap(\.byteReadings))
    registry.show(
      "winnow_link_compression_seconds_total", help: "Time that compression (out) and decompression (in) took.",
      isCounter: true, links.flatMap(\.compressionReadings))
  }
}
