/// Lends the bytes of a collection as one buffer, copied only when they do not already lie side by side.
///
/// The buffer must not leave `body`.
@inlinable @inline(__always)
package func withContiguousBytes<Result>(
  of bytes: some Collection<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Result
) -> Result {
  // SAFETY: the buffer is handed to `body` only, which returns before the storage can go away.
  unsafe bytes.withContiguousStorageIfAvailable(body) ?? Array(bytes).withUnsafeBufferPointer(body)
}
