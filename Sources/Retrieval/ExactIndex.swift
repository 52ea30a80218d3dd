package import Kernels
import Vocabulary

/// Finds the exact best items of a snapshot by inner product, by a scan of its blocks.
///
/// The score of an item is the fixed-order float32 inner product of `KernelSet`, the same bits on every instruction
/// set, so the answer depends on the items alone and not on where or in which blocks they lie. It is finite: see
/// `VectorError.check`.
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
  /// - Precondition: the limit is 1…10,000.
  /// - Complexity: O(n·d) time, O(limit) memory.
  package func search(
    _ snapshot: Snapshot, _ query: SearchQuery, shouldStop: () -> Bool = { false }
  ) throws(VectorError) -> SearchOutcome {
    var scan = try Scan(kernels: kernels, snapshot: snapshot, query: query, watch: watch)
    scan.begin(shouldStop: shouldStop)
    var reached: [UInt64] = []
    for position in snapshot.views.indices {
      let isStopped = scan.isStopped || snapshot.views[position].aliveCount > 0 && shouldStop()
      scan.prefetch(position + 1)
      scan.visit(position, isStopped: isStopped, &reached)
    }
    return scan.finish()
  }
}
