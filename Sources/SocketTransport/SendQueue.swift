import CLinux

/// Bytes on their way into a socket, in chunks: small ones are joined, large ones are never copied.
struct SendQueue {
  /// Chunks are joined up to this size.
  private static let joinedBytesMax = 32 << 10
  /// How many chunks one write looks at; more are rarely there.
  private var chunks: [[UInt8]] = []
  /// Chunks before this one are sent.
  private var firstChunk = 0
  /// Bytes of the first chunk that are sent.
  private var firstOffset = 0
  private(set) var byteCount = 0

  var isEmpty: Bool { byteCount == 0 }

  mutating func append(_ bytes: [UInt8]) {
    byteCount += bytes.count
    let last = chunks.count - 1
    if last >= firstChunk, chunks[last].count + bytes.count <= Self.joinedBytesMax {
      chunks[last].append(contentsOf: bytes)
    } else {
      chunks.append(bytes)
    }
  }

  /// Writes from the first chunk, once.
  ///
  /// - Returns: How many bytes the socket took, or a negated errno.
  mutating func write(to descriptor: Int32) -> Int {
    let offset = firstOffset
    let isLast = firstChunk == chunks.count - 1
    let count = unsafe chunks[firstChunk].withUnsafeBytes { chunk in
      // SAFETY: `offset` is less than the chunk's size, and the pointer stays within the closure.
      let rest = unsafe UnsafeRawBufferPointer(rebasing: chunk[offset...])
      return unsafe Int(wl_send(descriptor, rest.baseAddress, rest.count, isLast ? 0 : 1))
    }
    if count > 0 { drop(count) }
    return count
  }

  private mutating func drop(_ count: Int) {
    byteCount -= count
    firstOffset += count
    guard firstOffset == chunks[firstChunk].count else { return }
    firstOffset = 0
    chunks[firstChunk] = []
    firstChunk += 1
    // Moves what is left only when as much has been sent.
    if firstChunk * 2 >= chunks.count {
      chunks.removeFirst(firstChunk)
      firstChunk = 0
    }
  }
}
