import AdminHTTP
import CoordinatorNode

/// What a coordinator answers by HTTP besides what every node does.
struct CoordinatorRoutes {
  let coordinator: Coordinator

  init(_ coordinator: Coordinator) { self.coordinator = coordinator }

  /// All of them.
  var all: [AdminRoute] { [] }
}
