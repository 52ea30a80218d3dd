package import Kernels
package import Retrieval
import Vocabulary

/// One search alone, through the machine that shards search with: what tests and benchmarks ask of a snapshot.
package struct ExactIndex: Sendable {
  private let kernels: KernelSet
  private let watch: SearchPhase.Watch?

  package init(kernels: KernelSet = KernelSet(), watch: SearchPhase.Watch? = nil) {
    self.kernels = kernels
    self.watch = watch
  }

  /// Searches a snapshot.
  ///
  /// - Parameter shouldStop: Asked before each block of at most 4,096 rows; true ends the search with what it has.
  /// - Throws: the fault of the query's vector.
  package func search(
    _ snapshot: Snapshot, _ query: SearchQuery, shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws(VectorError) -> SearchOutcome {
    var machine = SharedScan(kernels: kernels, watch: watch)
    try machine.join(0, snapshot, query, shouldStop: shouldStop)
    while true {
      if let finished = machine.step().first { return finished.outcome }
      precondition(machine.count == 1, "a search stays until it has finished")
    }
  }
}
