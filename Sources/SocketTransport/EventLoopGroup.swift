import CLinux
package import Transport
import Vocabulary

/// The event loops of a process; new links are spread over them in turn.
package final class EventLoopGroup: Sendable {
  /// At least one.
  package let loops: [EventLoop]
  private let dealt = Lock(0)

  /// Starts loops; by default two, or one on a machine of one core: they only move bytes, the `ComputePool` computes.
  ///
  /// - Throws: `NetworkError.system` if descriptors or threads have run out.
  package init(loopCount: Int? = nil) throws(NetworkError) {
    var loops: [EventLoop] = []
    for index in 0..<max(loopCount ?? min(2, ComputePool.coreCount), 1) {
      loops.append(try EventLoop(named: "loop-\(index)"))
    }
    self.loops = loops
  }

  /// The next loop in turn.
  package func next() -> EventLoop {
    loops[
      dealt.withLock { dealt in
        dealt = (dealt + 1) % loops.count
        return dealt
      }]
  }

  /// Shuts every loop down, one after another.
  package func shutdown() async {
    for loop in loops { await loop.shutdown() }
  }
}
