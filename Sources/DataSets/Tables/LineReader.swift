import Glibc

/// The lines of a file with their numbers from 1, in memory of one line at most.
package struct LineReader {
  /// Bytes of a line at most; a longer one is passed over without keeping it.
  package static let lineBytesMax = 1 << 20

  /// The content of a line.
  package enum Line: Equatable {
    case line([UInt8])
    case tooLong
  }

  let file: InputFile
  /// The number of the line given last; 0 before the first.
  package private(set) var number = 0
  private var buffer: [UInt8] = []
  private var position = 0
  private var isAtEnd = false
  /// Lines given back, the next one last.
  private var returned: [Line] = []

  /// The lines of a file.
  package init(_ file: InputFile) { self.file = file }

  /// The next line without its end, which is `\n` or `\r\n`; `nil` behind the last.
  package mutating func next() throws(DataError) -> Line? {
    if let line = returned.popLast() {
      number += 1
      return line
    }
    var searched = position
    var isTooLong = false
    while true {
      if let end = lineEnd(from: searched) {
        defer { position = end + 1 }
        return finished(buffer[position..<end], isTooLong)
      }
      if isAtEnd {
        guard position < buffer.count || isTooLong else { return nil }
        defer { position = buffer.count }
        return finished(buffer[position...], isTooLong)
      }
      if isTooLong || buffer.count - position > Self.lineBytesMax {
        isTooLong = true
        buffer.removeAll(keepingCapacity: true)
      } else {
        buffer.removeFirst(position)
      }
      position = 0
      searched = buffer.count
      let piece = try file.next()
      isAtEnd = piece.isEmpty
      buffer += piece
    }
  }

  /// The first `\n` of the buffer from a place on; logs of gigabytes are read at the speed of memory.
  private func lineEnd(from start: Int) -> Int? {
    unsafe buffer.withUnsafeBytes { bytes in
      // SAFETY: start is at most the count of the bytes, and no byte behind them is looked at.
      guard let base = bytes.baseAddress, let found = unsafe memchr(base + start, 0x0A, bytes.count - start) else {
        return nil
      }
      return unsafe UnsafeRawPointer(found) - base
    }
  }

  /// Takes back the lines given last, in the order in which they were given.
  mutating func giveBack(_ lines: [Line]) {
    returned += lines.reversed()
    number -= lines.count
  }

  private mutating func finished(_ bytes: ArraySlice<UInt8>, _ isTooLong: Bool) -> Line {
    number += 1
    guard !isTooLong, bytes.count <= Self.lineBytesMax else { return .tooLong }
    return .line(Array(bytes.last == 0x0D ? bytes.dropLast() : bytes))
  }
}
