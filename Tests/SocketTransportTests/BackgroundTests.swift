import Glibc
import SocketTransport
import Testing

/// The thread that gives way to those that compute.
@Suite struct BackgroundTests {
  /// The niceness of the thread that runs a task of a pool.
  private static func niceness(_ pool: ComputePool) async -> Int32 {
    await withTaskExecutorPreference(pool) { await ownNiceness() }
  }

  /// A function of its own, because the body of `withTaskExecutorPreference` may stay where the caller is.
  @concurrent
  private static func ownNiceness() async -> Int32 { nice(0) }

  @Test func workInTheBackgroundGivesWay() async {
    let (compute, background) = (ComputePool(threadCount: 1), ComputePool.background())
    let usual = await Self.niceness(compute)
    #expect(await Self.niceness(background) == min(usual + 10, 19))
    await compute.shutdown()
    await background.shutdown()
  }
}
