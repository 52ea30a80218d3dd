package import Vocabulary

extension LinkExecutor {
  /// Suspends the task until an instant; returns early if the task is cancelled.
  package func sleep(until instant: Instant) async {
    let waiter = Waiter<Void>()
    let timer = schedule(at: instant) { waiter.wake() }
    await withTaskCancellationHandler {
      await waiter.value()
    } onCancel: {
      waiter.wake()
    }
    cancelTimer(timer)
  }
}

extension RequestCancellation {
  /// Suspends the task until the caller gives the request up, or the task itself is cancelled.
  package func wait() async {
    let waiter = Waiter<Void>()
    onCancel { waiter.wake() }
    await withTaskCancellationHandler {
      await waiter.value()
    } onCancel: {
      waiter.wake()
    }
  }
}
