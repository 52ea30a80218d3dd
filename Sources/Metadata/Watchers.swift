import Vocabulary

/// Those who wait for news of values; each has the newest at most.
final class Watchers: Sendable {
  private struct State {
    var waiting: [UInt64: (name: MetadataName, continuation: AsyncStream<MetadataValue>.Continuation)] = [:]
    var count: UInt64 = 0
  }

  private let state = Lock(State())

  deinit { for watcher in state.withLock({ $0.waiting.values }) { watcher.continuation.finish() } }

  /// A stream of one name's values, which begins with `current`.
  func add(_ name: MetadataName, current: MetadataValue?) -> AsyncStream<MetadataValue> {
    let (stream, continuation) = AsyncStream.makeStream(of: MetadataValue.self, bufferingPolicy: .bufferingNewest(1))
    if let current { continuation.yield(current) }
    let number = state.withLock { state in
      state.count += 1
      state.waiting[state.count] = (name, continuation)
      return state.count
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { _ = $0.waiting.removeValue(forKey: number) }
    }
    return stream
  }

  /// Tells a value to all who wait for its name.
  func tell(_ name: MetadataName, _ value: MetadataValue) {
    for watcher in state.withLock({ $0.waiting.values }) where watcher.name == name {
      watcher.continuation.yield(value)
    }
  }
}
