import Kernels
import SocketTransport
import Storage
import Telemetry
import Transport
import Vocabulary

/// The metrics of a node's process besides those of its role.
enum ProcessMetrics {
  /// Adds those of the server, once it is up.
  static func add(_ server: Server, to registry: MetricRegistry) {
    registry.gauge(
      "winnow_request_bytes", help: "Bytes that requests in work, and messages that have not come whole, hold."
    ) { Double(server.requestByteCount) }
    registry.counter(
      "winnow_connections_released_total", help: "Idle clients that were let go to make room for newcomers."
    ) { Double(server.releasedCount) }
  }

  /// Adds them to the registry of a role.
  ///
  /// - Parameter directory: Where the node keeps its data; `nil`: nowhere.
  static func add(to registry: MetricRegistry, of node: Node, directory: DataDirectory?) {
    registry.gauge(
      "winnow_build_info", help: "1, with what runs as labels.",
      labels: [("version", Version.text), ("role", node.role), ("isa", node.isa.rawValue)]
    ) { 1 }
    for (index, loop) in node.group.loops.enumerated() {
      registry.histogram(
        "winnow_event_loop_lag_seconds", help: "How late an event loop woke that was to wake after 100 ms.",
        labels: [("loop", String(index))], shown: loop.lag)
      loop.measureLag()
    }
    let compute = node.compute
    registry.gauge("winnow_compute_waiting", help: "Pieces of work that wait for a compute thread.") {
      Double(compute.waitingJobCount)
    }
    registry.gauge("process_start_time_seconds", help: "When the process started, in seconds since 1970.") {
      ProcessReadings.startSeconds
    }
    registry.gauge("process_resident_memory_bytes", help: "Memory of the process that is in RAM.") {
      ProcessReadings().residentBytes
    }
    registry.counter("process_cpu_seconds_total", help: "Time on a core, of all threads.") {
      ProcessReadings().cpuSeconds
    }
    registry.gauge("process_open_fds", help: "Descriptors that are open.") { ProcessReadings().openDescriptors }
    registry.gauge("process_max_fds", help: "Descriptors that may be open.") { ProcessReadings().descriptorsMax }
    node.security.add(to: registry, node.network.door)
    let turnedAway = node.network.turnedAway
    registry.counter(
      "winnow_connections_turned_away_total", help: "Connections closed at once, for lack of descriptors."
    ) { Double(turnedAway.value) }
    guard let directory else { return }
    registry.gauge(
      "winnow_data_directory_in_place", help: "Whether the path of the data directory leads to the one that was opened."
    ) { directory.isInPlace ? 1 : 0 }
    registry.gauge("winnow_disk_free_bytes", help: "Room on the file system of the data directory.") {
      ProcessReadings.disk(of: directory.path).free
    }
    registry.gauge("winnow_disk_bytes", help: "Size of the file system of the data directory.") {
      ProcessReadings.disk(of: directory.path).total
    }
  }
}
