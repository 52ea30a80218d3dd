import CLinux
import Glibc
package import Transport
import Vocabulary

/// Signals of the operating system to the process.
package enum Signals {
  /// A signal that a process may want to hear of.
  package enum Signal: Int32, Sendable {
    case hangUp = 1
    case interrupt = 2
    case user1 = 10
    case user2 = 12
    case terminate = 15

    /// The name that people know it by.
    package var name: String {
      switch self {
      case .hangUp: "SIGHUP"
      case .interrupt: "SIGINT"
      case .user1: "SIGUSR1"
      case .user2: "SIGUSR2"
      case .terminate: "SIGTERM"
      }
    }
  }

  /// Turns a write to a closed pipe, or beyond the largest file, into an error of that write instead of the end of the
  /// process (SIGPIPE, SIGXFSZ).
  package static func ignoreWriteFailures() {
    wl_signal_ignore(SIGPIPE)
    wl_signal_ignore(SIGXFSZ)
  }

  /// Lets signals pass without effect until they are caught.
  package static func ignore(_ signals: [Signal]) { for signal in signals { wl_signal_ignore(signal.rawValue) } }

  /// Gives signals back the meaning that they have in any process: to end it.
  package static func release(_ signals: [Signal]) { for signal in signals { wl_signal_release(signal.rawValue) } }

  /// Catches signals for the rest of the process's life; they no longer end it. Once per process.
  ///
  /// - Returns: The signals as they come; ends with the loop.
  /// - Throws: `NetworkError.system`, EALREADY at the second call.
  package static func stream(of signals: [Signal], on loop: EventLoop) async throws(NetworkError)
    -> AsyncStream<Signal>
  {
    let descriptor = wl_signal_pipe()
    guard descriptor >= 0 else { throw .system(-descriptor) }
    let (stream, continuation) = AsyncStream.makeStream(of: Signal.self, bufferingPolicy: .bufferingNewest(16))
    let reader = SignalReader(descriptor: descriptor, loop: loop, continuation: continuation)
    let started: Result<Void, NetworkError> = await withCheckedContinuation { started in
      let isPlanned = loop.runSoon { started.resume(returning: reader.start()) }
      if !isPlanned { started.resume(returning: .failure(.cancelled)) }
    }
    try started.get()
    for signal in signals {
      let status = wl_signal_catch(signal.rawValue)
      guard status >= 0 else { throw .system(-status) }
    }
    return stream
  }
}

/// Reads the pipe into which the signal handler writes. On its loop only.
private final class SignalReader: EventHandler, @unchecked Sendable {
  // SAFETY: everything that changes is touched on the loop's thread.
  private let descriptor: Int32
  private let loop: EventLoop
  private let continuation: AsyncStream<Signals.Signal>.Continuation
  private var tag: UInt64 = 0

  init(descriptor: Int32, loop: EventLoop, continuation: AsyncStream<Signals.Signal>.Continuation) {
    self.descriptor = descriptor
    self.loop = loop
    self.continuation = continuation
  }

  func start() -> Result<Void, NetworkError> {
    do throws(NetworkError) {
      tag = try loop.watch(descriptor, events: WL_READABLE, handler: self)
      return .success(())
    } catch {
      return .failure(error)
    }
  }

  func handle(events: UInt32) {
    while case let byte = wl_read_byte(descriptor), byte >= 0 {
      if let signal = Signals.Signal(rawValue: byte) { continuation.yield(signal) }
    }
  }

  /// The pipe stays open: the handler may still write into it.
  func loopStops() {
    guard tag != 0 else { return }
    loop.unwatch(descriptor, tag: tag)
    tag = 0
    continuation.finish()
  }
}
