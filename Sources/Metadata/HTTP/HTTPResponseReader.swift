/// The answers on one connection of HTTP/1.1, read byte by byte: the status, then the body by its length, in chunks, or
/// to the end of the connection. Trailers and all header fields but three are skipped.
///
/// A machine without input and output; it takes as much memory as an incomplete line.
struct HTTPResponseReader: ~Copyable {
  /// What has been read.
  enum Event: Equatable {
    case status(Int)
    /// A part of the body, never empty.
    case body([UInt8])
    /// The answer is whole. The connection can take another request, or ends.
    case end(staysOpen: Bool)
  }

  /// The peer does not speak HTTP/1.1, or too much of it.
  struct Mistake: Error, Equatable {
    let text: String
  }

  /// Bytes of a status line, a header field or a chunk's size.
  static let lineByteCountMax = 16 << 10
  /// Header fields and trailers of one answer.
  static let fieldsMax = 64

  private enum Place {
    case status
    case fields
    case body(left: UInt64)
    case bodyToTheEnd
    case chunkSize
    case chunk(left: UInt64)
    case chunkEnd
    case trailers
  }

  private var place = Place.status
  private var line: [UInt8] = []
  private var fieldCount = 0
  private var status = 0
  private var length: UInt64?
  private var isChunked = false
  private var staysOpen = true

  /// Reads what has come.
  ///
  /// - Returns: what it makes, in order; behind an `end` no byte may come before the next request.
  mutating func received(_ bytes: [UInt8]) throws(Mistake) -> [Event] {
    var events: [Event] = []
    var index = 0
    while index < bytes.count {
      switch place {
      case .body(let left): index += take(bytes[index...], left, &events)
      case .chunk(let left): index += take(bytes[index...], left, &events)
      case .bodyToTheEnd:
        events.append(.body(Array(bytes[index...])))
        index = bytes.count
      case .status, .fields, .chunkSize, .chunkEnd, .trailers:
        let byte = bytes[index]
        index += 1
        guard byte == UInt8(ascii: "\n") else {
          guard line.count < Self.lineByteCountMax else { throw Mistake(text: "a line of more than 16 KiB") }
          line.append(byte)
          continue
        }
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        let text = String(decoding: line, as: UTF8.self)
        line.removeAll(keepingCapacity: true)
        try read(text, &events)
      }
    }
    return events
  }

  /// The peer has ended the connection.
  mutating func ended() throws(Mistake) -> [Event] {
    guard case .bodyToTheEnd = place else { throw Mistake(text: "the connection ended within an answer") }
    place = .status
    return [.end(staysOpen: false)]
  }

  /// Takes what there is of a body or chunk. Returns how much.
  private mutating func take(_ bytes: ArraySlice<UInt8>, _ left: UInt64, _ events: inout [Event]) -> Int {
    let part = bytes.prefix(Int(clamping: left))
    events.append(.body(Array(part)))
    let rest = left - UInt64(part.count)
    if case .chunk = place {
      place = rest > 0 ? .chunk(left: rest) : .chunkEnd
    } else {
      place = .body(left: rest)
      if rest == 0 { finish(&events) }
    }
    return part.count
  }

  private mutating func read(_ line: String, _ events: inout [Event]) throws(Mistake) {
    switch place {
    case .status: try readStatus(line)
    case .fields where line.isEmpty: try readBegins(&events)
    case .fields: try readField(line)
    case .chunkSize:
      let digits = line.prefix { $0 != ";" }.filter { $0 != " " }
      guard digits.allSatisfy(\.isHexDigit), let size = UInt64(digits, radix: 16) else {
        throw Mistake(text: "a chunk without a size")
      }
      place = size > 0 ? .chunk(left: size) : .trailers
    case .chunkEnd:
      guard line.isEmpty else { throw Mistake(text: "a chunk that is longer than its size") }
      place = .chunkSize
    case .trailers where line.isEmpty: finish(&events)
    case .trailers: try count()
    case .body, .bodyToTheEnd, .chunk: break
    }
  }

  private mutating func readStatus(_ line: String) throws(Mistake) {
    let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard words.count >= 2, words[0] == "HTTP/1.1" || words[0] == "HTTP/1.0", words[1].utf8.count == 3,
      let status = Int(words[1]), (100..<600).contains(status)
    else { throw Mistake(text: "no answer of HTTP/1.1") }
    self.status = status
    (fieldCount, length, isChunked, staysOpen) = (0, nil, false, words[0] == "HTTP/1.1")
    place = .fields
  }

  private mutating func readField(_ line: String) throws(Mistake) {
    try count()
    guard let colon = line.firstIndex(of: ":") else { throw Mistake(text: "a header field without a colon") }
    let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }.lowercased()
    switch line[..<colon].lowercased() {
    case "content-length":
      guard let length = UInt64(value), self.length == nil || self.length == length else {
        throw Mistake(text: "a length that is no number, or two")
      }
      self.length = length
    case "transfer-encoding":
      guard value == "chunked" else { throw Mistake(text: "a transfer encoding that is not chunked") }
      isChunked = true
    case "connection": if value.contains("close") { staysOpen = false }
    default: break
    }
  }

  private mutating func count() throws(Mistake) {
    fieldCount += 1
    guard fieldCount <= Self.fieldsMax else { throw Mistake(text: "more than \(Self.fieldsMax) header fields") }
  }

  /// The header has ended.
  private mutating func readBegins(_ events: inout [Event]) throws(Mistake) {
    // An interim answer: the real one follows.
    guard status >= 200 else { return place = .status }
    events.append(.status(status))
    if status == 204 || status == 304 {
      finish(&events)
    } else if isChunked {
      place = .chunkSize
    } else if let length {
      place = .body(left: length)
      if length == 0 { finish(&events) }
    } else {
      (place, staysOpen) = (.bodyToTheEnd, false)
    }
  }

  private mutating func finish(_ events: inout [Event]) {
    place = .status
    events.append(.end(staysOpen: staysOpen))
  }
}
