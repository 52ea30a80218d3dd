import DataSets
import Vocabulary

/// Works on many cases on all cores; the results stand in the order of the cases, whichever thread was faster.
package enum CaseRun {
  private static let caseBlock = 32

  /// Maps 0..<count.
  ///
  /// - Parameters:
  ///   - room: Makes what one thread keeps from case to case.
  ///   - progress: Told how many are done, by any thread, one at a time.
  package static func map<Room, Result: Sendable>(
    count: Int, threads: Int, room: @escaping @Sendable () -> Room,
    progress: @escaping @Sendable (Int) -> Void = { _ in },
    _ body: @escaping @Sendable (Int, inout Room) -> Result
  ) -> [Result] {
    let blocks = (count + caseBlock - 1) / caseBlock
    let results = Lock((blocks: [[Result]](repeating: [], count: blocks), done: 0))
    let nextBlock = Lock(0)
    WorkerTeam(count: min(max(threads, 1), max(blocks, 1))).run { _ in
      var own = room()
      while true {
        let block = nextBlock.withLock { next in
          next += 1
          return next - 1
        }
        guard block < blocks else { return }
        let range = block * caseBlock..<min((block + 1) * caseBlock, count)
        let part = range.map { body($0, &own) }
        results.withLock {
          $0.blocks[block] = part
          $0.done += part.count
          progress($0.done)
        }
      }
    }
    return results.withLock { $0.blocks.flatMap { $0 } }
  }
}
