import Arguments

/// The lines of a file or of standard input, with their numbers from 1.
struct LineSource {
  /// Bytes of a line at most.
  static let lineBytesMax = 1 << 20

  private let source: ByteSource
  private var buffer: [UInt8] = []
  private var position = 0
  private var isAtEnd = false
  /// The number of the line given last.
  private(set) var number = 0
  /// Bytes read so far.
  private(set) var bytesRead = 0

  init(_ path: String) throws(Failure) { source = try ByteSource(path) }

  /// Bytes of the file; `nil` if that is not known.
  var byteCount: Int? { source.byteCount }

  /// The next line without its end; `nil` behind the last.
  mutating func next() throws(Failure) -> ArraySlice<UInt8>? {
    var searched = position
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) {
        number += 1
        defer { position = end + 1 }
        return trimmed(buffer[position..<end])
      }
      guard !isAtEnd else {
        guard position < buffer.count else { return nil }
        number += 1
        defer { position = buffer.count }
        return trimmed(buffer[position...])
      }
      guard buffer.count - position <= Self.lineBytesMax else {
        throw Failure(.failed, "line \(number + 1) has more than \(Self.lineBytesMax) bytes")
      }
      buffer.removeFirst(position)
      position = 0
      searched = buffer.count
      let piece = try source.next()
      isAtEnd = piece.isEmpty
      bytesRead += piece.count
      buffer += piece
    }
  }

  private func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> { line.last == 0x0D ? line.dropLast() : line }
}
