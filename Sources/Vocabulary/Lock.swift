public import Glibc

/// A value behind a mutual exclusion lock; never held across an `await`.
///
/// Built on `pthread_mutex_t`, which ThreadSanitizer understands (it reports false races on the standard library's
/// own mutex, whose code is not instrumented).
@safe public final class Lock<Value: ~Copyable & Sendable>: @unchecked Sendable {
  // SAFETY: `value` is touched only between lock and unlock, so the class is safe to share.
  @usableFromInline var value: Value
  @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>

  /// A lock that owns a value.
  public init(_ value: consuming Value) {
    self.value = value
    unsafe mutex = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    // SAFETY: the mutex has a stable heap address for the life of this object.
    let status = unsafe pthread_mutex_init(mutex, nil)
    precondition(status == 0, "pthread_mutex_init failed")
  }

  deinit {
    // SAFETY: an object without references has no caller inside its lock.
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  /// Runs `body` with exclusive access to the value.
  @inlinable
  public func withLock<Result, Failure: Error>(_ body: (inout Value) throws(Failure) -> Result) throws(Failure)
    -> Result
  {
    // SAFETY: initialised in `init`, destroyed in `deinit` only.
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return try body(&value)
  }
}
