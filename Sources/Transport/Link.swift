package import Security
package import Vocabulary

/// A two-way stream of bytes to one peer. Every call is made on the link's executor, and no call calls the receiver
/// back before it returns: what happens because of it is told later.
package protocol ByteLink: AnyObject, Sendable {
  /// The peer as `HOST:PORT`, for logs.
  var peerAddress: String { get }
  /// What TLS says of the link; `nil`: it is plain.
  var security: LinkSecurity? { get }
  /// The executor on which the link lives: all calls to it and all calls of its receiver run there.
  var executor: any LinkExecutor { get }
  /// Queues bytes behind those already queued; never blocks and has no bound of its own: the sender watches
  /// `queuedByteCount`. What is sent in one turn of the executor travels together. Bytes sent after `close` or
  /// `abort` are dropped.
  func send(_ bytes: [UInt8])
  /// Bytes queued and not yet taken by the system on the way to the peer.
  var queuedByteCount: Int { get }
  /// Stops delivering bytes to the receiver until `resumeReading`: back-pressure on the peer.
  ///
  /// The end of the stream waits behind the bytes too; only a failure is still told.
  func pauseReading()
  /// Delivers bytes again.
  func resumeReading()
  /// Sends what is queued, then our end of stream, and waits for the peer's, dropping what it still sends; after
  /// `closeMicrosecondsMax` in all it gives up. The receiver gets no more bytes, and `.closed` or `.failed` at the end.
  func close()
  /// Closes at once with a reset and drops what is queued; the receiver gets `.closed`.
  func abort()
}

extension ByteLink {
  /// A plain link.
  package var security: LinkSecurity? { nil }

  /// How long `close` may take, in microseconds, before it becomes an `abort`.
  package static var closeMicrosecondsMax: UInt64 { 10_000_000 }
}

/// Why a link ended.
package enum LinkEnd: Sendable, Equatable {
  /// The peer sent its end of stream. Half-closed: what we send may still arrive; call `close` when done.
  case peerFinished
  /// We closed it, or the peer closed it after we did.
  case closed
  /// Reset, timed out or another error of the system; errno where there is one.
  case failed(Int32)
  /// TLS could not go on.
  case insecure(TLSFault)
}

/// The owner of a link. All calls come on the link's executor, one at a time.
package protocol LinkReceiver: AnyObject, Sendable {
  /// Bytes arrived, at least one.
  func linkReceived(_ bytes: [UInt8])
  /// The queue of `send` has become empty: once after each time that something was put into it.
  func linkDrained()
  /// `.peerFinished` may come once; one of the others comes exactly once, as the last call, from either side's end.
  func linkEnded(_ end: LinkEnd)
}

/// A single-threaded executor with time: an event loop, or its twin in memory.
///
/// A continuation resumes by way of the task's preferred executor, not of the actor that awaited it: a task that talks
/// to actors of this executor should prefer it (`withTaskExecutorPreference`), or else each resumption wakes a thread
/// of the global pool first, which costs more than the rest of a round trip on loopback.
package protocol LinkExecutor: SerialExecutor, TaskExecutor {
  /// The time by which `schedule` goes.
  var clock: any MonotonicClock { get }
  /// Runs `body` on this executor at an instant or soon after, never before this call returns; an instant in the past
  /// means soon. Equal instants run in the order of the calls. May be called from any thread.
  ///
  /// - Returns: A number for `cancelTimer`; 0 if the executor has ended and will never run `body`.
  @discardableResult
  func schedule(at instant: Instant, _ body: @escaping @Sendable () -> Void) -> UInt64
  /// Forgets a timer; does nothing if it has fired. May be called from any thread.
  func cancelTimer(_ timer: UInt64)
}

/// Where links come from: sockets, or the twin in memory.
package protocol Network: Sendable {
  /// Opens a link to `HOST:PORT`.
  ///
  /// - Parameters:
  ///   - executor: Where the new link runs; `nil` lets the network choose.
  ///   - receiver: Called on the link's executor before any byte is delivered, to make the link's owner.
  /// - Throws: `NetworkError` when the peer refuses, the name is unknown, the deadline passes or the task is cancelled;
  ///   `receiver` has not been called then.
  func dial(
    _ address: String, deadline: Instant, executor: (any LinkExecutor)?,
    receiver: @escaping @Sendable (any ByteLink) -> any LinkReceiver
  ) async throws(NetworkError)

  /// Listens on `HOST:PORT` (port 0: any free one) and makes an owner for every link that a peer opens.
  ///
  /// - Parameter whenFull: Called when there is room for a few more links only, so that their owner may close one.
  func listen(
    _ address: String, whenFull: @escaping @Sendable () -> Void,
    receiver: @escaping @Sendable (any ByteLink) -> any LinkReceiver
  ) async throws(NetworkError) -> any NetworkListener
}

extension Network {
  /// Listens, and closes no link where room is short.
  package func listen(
    _ address: String, receiver: @escaping @Sendable (any ByteLink) -> any LinkReceiver
  ) async throws(NetworkError) -> any NetworkListener {
    try await listen(address, whenFull: {}, receiver: receiver)
  }
}

/// An open listening address.
package protocol NetworkListener: Sendable {
  /// The address in use, with the real port.
  var address: String { get }
  /// Stops accepting; links that are open stay open.
  func close() async
}

/// Why a link or a listener could not be had.
package enum NetworkError: Error, Sendable, Equatable {
  /// Not `HOST:PORT`, or a host that no name server knows.
  case badAddress(String)
  /// No server listens there.
  case refused(String)
  /// The deadline passed first.
  case timedOut
  /// Another server listens there already.
  case addressInUse(String)
  /// The task that dialled was cancelled.
  case cancelled
  /// There was an answer, but no secure link.
  case insecure(TLSFault)
  /// Another error of the system, by errno.
  case system(Int32)
}
