internal import CKernels

/// Values of a fixed number of places that one writer fills while readers read the places already given to them.
///
/// The writer fills a place before a reader learns of it; the lock, actor or task start that hands the place over
/// orders the two. Places that were handed over are never written again, so readers need no lock.
@usableFromInline @safe package final class SharedColumn<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  // SAFETY: the pointer is set once; the rule above keeps each place free of concurrent writes and reads.
  @usableFromInline let storage: UnsafeMutablePointer<Element>

  /// How many places there are.
  @usableFromInline package let capacity: Int

  /// A column of `capacity` places that all hold `value`.
  package init(repeating value: Element, capacity: Int) {
    precondition(capacity >= 0)
    self.capacity = capacity
    unsafe storage = .allocate(capacity: capacity)
    unsafe storage.initialize(repeating: value, count: capacity)
  }

  deinit {
    // SAFETY: allocated in `init`; elements are bitwise copyable and need no deinitialisation.
    unsafe storage.deallocate()
  }

  /// The value at a place; only the single writer may set it, and only before it is handed over.
  @inlinable @inline(__always) package subscript(place: Int) -> Element {
    get {
      precondition(place >= 0 && place < capacity)
      // SAFETY: in bounds by the line above.
      return unsafe storage[place]
    }
    set {
      precondition(place >= 0 && place < capacity)
      // SAFETY: as above.
      unsafe storage[place] = newValue
    }
  }

  /// Lends a run of places that were handed over to the caller.
  @inlinable package func withSpan<Result>(_ places: Range<Int>, _ body: (Span<Element>) -> Result) -> Result {
    precondition(places.lowerBound >= 0 && places.upperBound <= capacity)
    // SAFETY: in bounds by the line above; the span does not outlive the call, and `self` outlives the span.
    let run = unsafe UnsafeBufferPointer(start: storage + places.lowerBound, count: places.count)
    return withExtendedLifetime(self) { body(unsafe run.span) }
  }
}

extension SharedColumn where Element == UInt64 {
  /// Asks memory for the first `count` places listed, which are read soon.
  package func prefetch(_ places: [UInt32], count: Int) {
    for place in places.prefix(count) {
      precondition(place < capacity)
      // SAFETY: in bounds by the line above; nothing is read.
      unsafe UnsafeRawPointer(storage + Int(place)).withMemoryRebound(to: Float.self, capacity: 2) { value in
        unsafe wk_prefetch(value, 1)
      }
    }
  }
}
