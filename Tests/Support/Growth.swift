import CLinux
import Glibc

/// What calling the same thing again and again has kept in memory and how its time has changed.
///
/// Measures the whole process, so it belongs into one of its own: an exit test.
package struct Growth {
  /// What the heap has gained for each call.
  package let bytesPerCall: Double
  /// The processor time of a late call over that of an early one.
  package let slowdown: Double

  /// Memory that every call keeps, be it a single small object, is more than this.
  package static let bytesPerCallMax = 8.0
  /// A call whose time depends on the number of calls before it takes many times as long by then; so much may come from neighbours of the
  /// processor.
  package static let slowdownMax = 4.0
  /// What the heap may gain once, whatever the number of calls: tables that fill up, buffers of the allocator.
  private static let bytesOnceMax = 64 << 10
  private static let roundCount = 50

  /// Whether neither memory nor time has grown.
  package var isNone: Bool { bytesPerCall <= Self.bytesPerCallMax && slowdown <= Self.slowdownMax }

  /// Calls something so many times, or fewer if growth is plain before.
  ///
  /// - Parameter warmUp: Calls before that, which fill what has a bound.
  package init(
    calls: Int, warmUp: Int = 0, isolation: isolated (any Actor)? = #isolation, _ call: (Int) async throws -> Void
  ) async rethrows {
    let callsPerRound = max(1, calls / Self.roundCount)
    var times: [Double] = []
    var (done, first) = (0, 0)
    var bytes = 0.0
    while done < warmUp {
      try await call(done)
      done += 1
    }
    for round in 0..<Self.roundCount {
      let start = Self.processorSeconds
      for _ in 0..<callsPerRound {
        try await call(done)
        done += 1
      }
      times.append(Self.processorSeconds - start)
      // The first calls fill what is filled once.
      if round < 2 {
        first = Self.heapBytes
        continue
      }
      let counted = Double((round - 1) * callsPerRound)
      bytes = Double(Self.heapBytes - first - Self.bytesOnceMax) / counted
      if bytes > 4 * Self.bytesPerCallMax { break }
    }
    bytesPerCall = max(0, bytes)
    let (early, late) = (Self.median(times.dropFirst().prefix(7)), Self.median(times.suffix(7)))
    slowdown = late / early
  }

  private static func median(_ values: ArraySlice<Double>) -> Double { values.sorted()[values.count / 2] }

  private static var heapBytes: Int { wl_heap_bytes() }

  private static var processorSeconds: Double {
    var now = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }
}
