import Telemetry
import Wire

/// What Prometheus sees of the council.
enum CouncilMetrics {
  /// Adds the metrics of the store and of the coordinators.
  static func add(_ service: MetadataService, to metrics: MetricRegistry) {
    metrics.gauge("winnow_metadata_up", help: "Whether the store of what the cluster agrees on answers.") {
      service.response().state == .silent ? 0 : 1
    }
    metrics.gauge(
      "winnow_metadata_went_back", help: "Whether the store of what the cluster agrees on is older than it was."
    ) { service.response().state == .wentBack ? 1 : 0 }
    metrics.gauge("winnow_coordinators", help: "Coordinators that live.") {
      Double(max(service.response().coordinators.count, 1))
    }
    metrics.gauge("winnow_chair", help: "Whether this coordinator administers.") {
      service.surroundings.administers ? 1 : 0
    }
  }
}
