import Telemetry

extension QueryGate {
  /// Shows how many queries are in work and wait, and what is done about overload.
  func show(in registry: MetricRegistry) {
    registry.gauge("winnow_queries_in_work", help: "Queries that are being worked on.") { Double(self.load.inWork) }
    registry.gauge("winnow_queries_waiting", help: "Queries that wait to be worked on.") { Double(self.load.waiting) }
    registry.gauge("winnow_queries_in_work_limit", help: "Queries that may be in work now.") {
      Double(self.inWorkLimit)
    }
    registry.gauge(
      "winnow_overloaded", help: "Whether queries are refused because those that wait, wait too long."
    ) { self.isOverloaded ? 1 : 0 }
    registry.gauge(
      "winnow_query_depth_share", help: "The share of the depth asked for that queries get which allow less."
    ) { self.depthShare }
  }
}
