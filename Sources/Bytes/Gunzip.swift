internal import CZlib

/// Why bytes are not gzip.
package enum GzipError: Error, Hashable, Sendable {
  /// Not the gzip format, or a checksum that does not fit.
  case damaged
  /// The input ends inside a member.
  case truncated
}

/// Turns gzip back into bytes, piece by piece, in as little memory as the pieces; members one behind another are joined,
/// and zeros between or behind them passed over.
///
/// One owner at a time. Its memory is safe: only this class has the pointer, from `init` to `deinit`.
@safe package final class Gunzip {
  private let stream: UnsafeMutablePointer<z_stream>
  private var input: [UInt8] = []
  private var position = 0
  private var isInsideMember = false
  private var isAtStart = true

  package init() {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 15 bits of window, plus 16: gzip and nothing else.
    let status = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "no memory for zlib's window")
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Gives the next bytes of the file; only when `next` has returned none.
  package func feed(_ bytes: [UInt8]) {
    precondition(position == input.count, "what was fed before is not used up")
    input = bytes
    position = 0
  }

  /// The next bytes, at most `most`; none if more input has to be fed first.
  package func next(_ most: Int) throws(GzipError) -> [UInt8] {
    while position < input.count {
      if !isInsideMember {
        // Zeros behind a member are what a tape or a disk block was filled up with; no member begins with one.
        if !isAtStart, input[position] == 0 {
          position += 1
          continue
        }
        if !isAtStart { unsafe inflateReset(stream) }
        isInsideMember = true
        isAtStart = false
      }
      var status = Z_OK
      var used = 0
      let bytes = unsafe [UInt8](unsafeUninitializedCapacity: most) { output, count in
        // SAFETY: zlib reads within avail_in of `input` and writes within avail_out of `output`; both pointers are used
        // inside this closure only.
        unsafe input.withUnsafeMutableBufferPointer { input in
          unsafe stream.pointee.next_in = unsafe input.baseAddress.map { unsafe $0 + position }
          unsafe stream.pointee.avail_in = UInt32(clamping: input.count - position)
          unsafe stream.pointee.next_out = output.baseAddress
          unsafe stream.pointee.avail_out = UInt32(clamping: most)
          let offered = unsafe stream.pointee.avail_in
          status = unsafe inflate(stream, Z_NO_FLUSH)
          unsafe used = Int(offered - stream.pointee.avail_in)
          unsafe count = Int(UInt32(clamping: most) - stream.pointee.avail_out)
        }
      }
      position += used
      guard status == Z_OK || status == Z_STREAM_END else { throw .damaged }
      if status == Z_STREAM_END { isInsideMember = false }
      if !bytes.isEmpty { return bytes }
    }
    return []
  }

  /// Says that nothing follows.
  ///
  /// - Throws: `.truncated` if the input ended inside a member.
  package func finish() throws(GzipError) { if isInsideMember || isAtStart { throw .truncated } }
}
