import CLinux
import Glibc

/// Starts detached threads of our own; event loops, compute threads and name look-ups run on them.
enum SystemThread {
  private final class Body {
    let name: String
    let run: @Sendable () -> Void

    init(name: String, run: @escaping @Sendable () -> Void) {
      self.name = name
      self.run = run
    }
  }

  /// Starts a thread of that name (15 bytes are kept) which ends when `run` returns.
  ///
  /// - Returns: Whether the system had one to give.
  static func start(named name: String, _ run: @escaping @Sendable () -> Void) -> Bool {
    let body = unsafe Unmanaged.passRetained(Body(name: String(name.prefix(15)), run: run))
    var thread = pthread_t()
    // SAFETY: the thread takes over the one reference that `body` holds.
    let status = unsafe pthread_create(
      &thread, nil,
      { argument in
        guard let argument = unsafe argument else { return nil }
        let body = unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
        unsafe wl_thread_set_name(body.name)
        body.run()
        return nil
      }, body.toOpaque())
    guard status == 0 else {
      unsafe body.release()
      return false
    }
    pthread_detach(thread)
    return true
  }
}
