package import Kernels

/// A helper's part of another search: takes blocks from the back of those that are left, for another thread.
package struct HelpingScan: Sendable {
  private var scan: Scan
  private let blocks: BlocksLeft
  private var reached: [UInt64] = []

  /// - Throws: the fault of the query's vector.
  package init(
    kernels: KernelSet = KernelSet(), _ snapshot: Snapshot, _ query: SearchQuery, _ blocks: BlocksLeft
  ) throws(VectorError) {
    scan = try Scan(kernels: kernels, snapshot: snapshot, query: query)
    scan.measure(blocks.bounds)
    self.blocks = blocks
  }

  /// Takes one block and scans it, or only counts its rows if the search is to stop.
  ///
  /// - Returns: false if no block was left.
  package mutating func step(shouldStop: () -> Bool = { false }) -> Bool {
    guard let position = scan.takeLast(of: blocks) else { return false }
    scan.visit(position, isStopped: scan.isStopped || shouldStop(), step: -1, &reached)
    return true
  }

  /// The outcome of this part.
  package mutating func finish() -> SearchOutcome { scan.finish() }
}
