import Vocabulary

/// One direction of a link in memory. Both ends may live on different executors, so it has a lock.
final class MemoryPipe: Sendable {
  /// A piece that the reader gets.
  enum Piece: Sendable {
    case bytes([UInt8])
    case finished
    case cut
    /// Nothing before that instant.
    case notBefore(Instant)
    case nothing
  }

  private struct Segment: Sendable {
    var bytes: ArraySlice<UInt8>
    let arrival: Instant
  }

  private struct State: Sendable {
    var segments: [Segment] = []
    /// Bytes that the reader has not taken; those that were swallowed stay for ever, unacknowledged.
    var byteCount = 0
    var sentCount = 0
    var deliveredCount = 0
    var lastArrival = Instant(nanoseconds: 0)
    /// The arrival of the end of the stream.
    var finish: Instant?
    var isSilent = false
    var isHeld = false
    /// The writer's end was reset while the pipe was held.
    var isReset = false
    var delayMicroseconds: ClosedRange<UInt64>
  }

  private let state: Lock<State>
  private let conditions: MemoryConditions
  private let random: any RandomSource

  init(conditions: MemoryConditions, random: any RandomSource) {
    self.conditions = conditions
    self.random = random
    state = Lock(State(delayMicroseconds: conditions.delayMicroseconds))
  }

  /// Bytes that the twin of the kernel has not taken.
  var queuedByteCount: Int { max(state.withLock { $0.byteCount } - conditions.bufferedBytesMax, 0) }

  /// From now on everything that is sent is swallowed.
  func silence() { state.withLock { $0.isSilent = true } }

  /// Whether the reader hears no more of the writer.
  var isSilent: Bool { state.withLock { $0.isSilent } }

  /// Keeps what is under way and what is sent from now on, as a link does whose packets get lost, or delivers it.
  func hold(_ isHeld: Bool) { state.withLock { $0.isHeld = isHeld } }

  /// Whether the reader hears nothing for now.
  var isHeld: Bool { state.withLock { $0.isHeld } }

  /// The reader will find a reset in place of what is under way.
  func reset() { state.withLock { $0.isReset = true } }

  /// Bytes that are sent from now on travel this long.
  func delay(_ microseconds: ClosedRange<UInt64>) { state.withLock { $0.delayMicroseconds = microseconds } }

  func append(_ bytes: [UInt8], now: Instant) {
    state.withLock { state in
      var kept = state.isSilent ? [] : bytes[...]
      if let limit = conditions.silentAfterByteCount {
        kept = kept.prefix(max(limit - state.sentCount, 0))
        if state.sentCount + bytes.count > limit { state.isSilent = true }
      }
      state.sentCount += bytes.count
      state.byteCount += bytes.count
      if !kept.isEmpty { state.segments.append(Segment(bytes: kept, arrival: arrival(now, &state))) }
    }
  }

  func finish(now: Instant) {
    state.withLock { if !$0.isSilent { $0.finish = arrival(now, &$0) } }
  }

  /// Drops what is under way.
  func clear() {
    state.withLock { state in
      state.segments = []
      state.byteCount = 0
    }
  }

  /// Takes the next piece that has arrived at `now`.
  func take(now: Instant) -> Piece {
    state.withLock { state in
      if state.isHeld { return .nothing }
      if state.isReset { return .cut }
      if let cut = conditions.cutAfterByteCount, state.deliveredCount >= cut { return .cut }
      guard let first = state.segments.first else {
        guard let finish = state.finish else { return .nothing }
        return finish <= now ? .finished : .notBefore(finish)
      }
      guard first.arrival <= now else { return .notBefore(first.arrival) }
      var limit = Int.max
      if let most = conditions.pieceBytesMax { limit = 1 + Int(random.next() % UInt64(max(most, 1))) }
      if let cut = conditions.cutAfterByteCount { limit = min(limit, cut - state.deliveredCount) }
      var piece: [UInt8] = []
      while piece.count < limit, let segment = state.segments.first, segment.arrival <= now {
        let part = segment.bytes.prefix(limit - piece.count)
        piece += part
        state.segments[0].bytes.removeFirst(part.count)
        if state.segments[0].bytes.isEmpty { state.segments.removeFirst() }
      }
      state.byteCount -= piece.count
      state.deliveredCount += piece.count
      return .bytes(piece)
    }
  }

  private func arrival(_ now: Instant, _ state: inout State) -> Instant {
    let range = state.delayMicroseconds
    let width = range.upperBound - range.lowerBound
    let extra = width == 0 ? 0 : random.next() % (width == .max ? .max : width + 1)
    state.lastArrival = max(now.advanced(microseconds: range.lowerBound + extra), state.lastArrival)
    return state.lastArrival
  }
}
