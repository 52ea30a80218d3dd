import Support
import Testing

@testable import Metadata

@Suite struct HTTPResponseReaderTests {
  typealias Event = HTTPResponseReader.Event

  /// What a text is read as, in pieces of so many bytes; bodies are joined.
  static func events(_ text: String, pieces: Int, ends: Bool = false) throws -> [Event] {
    var reader = HTTPResponseReader()
    var events: [Event] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      events += try reader.received(Array(bytes[start..<min(start + pieces, bytes.count)]))
    }
    if ends { events += try reader.ended() }
    var joined: [Event] = []
    for event in events {
      if case .body(let more) = event, case .body(let before)? = joined.last {
        joined[joined.count - 1] = .body(before + more)
      } else {
        joined.append(event)
      }
    }
    return joined
  }

  static func body(_ text: String) -> Event { .body(Array(text.utf8)) }

  @Test(arguments: [1, 2, 3, 7, 1000]) func answersAreReadInPiecesOfAnySize(pieces: Int) throws {
    let length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Other: a: b\r\n\r\nhello"
    #expect(try Self.events(length, pieces: pieces) == [.status(200), Self.body("hello"), .end(staysOpen: true)])
    let chunked =
      "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n5\r\nhello\r\n10;x=y\r\n, this is a test\r\n0\r\nTrailer: t\r\n\r\n"
    let whole = [.status(200), Self.body("hello, this is a test"), Event.end(staysOpen: true)]
    #expect(try Self.events(chunked, pieces: pieces) == whole)
    #expect(try Self.events(chunked + chunked, pieces: pieces) == whole + whole)
    let interim =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    #expect(try Self.events(interim, pieces: pieces) == [.status(503), .end(staysOpen: false)])
    let toTheEnd = "HTTP/1.0 200 OK\n\nall of it"
    let ended = [.status(200), Self.body("all of it"), Event.end(staysOpen: false)]
    #expect(try Self.events(toTheEnd, pieces: pieces, ends: true) == ended)
    let none = "HTTP/1.1 204 No Content\r\n\r\n"
    #expect(try Self.events(none, pieces: pieces) == [.status(204), .end(staysOpen: true)])
  }

  @Test(arguments: [
    "HTTP/2 200 OK\r\n\r\n", "ICY 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 999 ?\r\n\r\n",
    "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    "HTTP/1.1 200 OK\r\n" + String(repeating: "a: b\r\n", count: 65) + "\r\n",
    "HTTP/1.1 200 OK\r\nlong: " + String(repeating: "x", count: 20_000),
  ]) func whatIsNoAnswerIsRefused(text: String) {
    for pieces in [1, 5, 100_000] {
      #expect(throws: HTTPResponseReader.Mistake.self) { try Self.events(text, pieces: pieces) }
    }
  }

  @Test func anEndWithinAnAnswerIsAMistake() {
    for text in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"] {
      #expect(throws: HTTPResponseReader.Mistake.self) { try Self.events(text, pieces: 3, ends: true) }
    }
  }

  /// Flipped, cut and repeated bytes end in events or a mistake, never in a trap.
  @Test func randomBytesNeverTrap() {
    let texts = [
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ]
    var random = SeededRandom(seed: 5)
    var read = 0
    for _ in 0..<TestScale.count(20_000, full: 1_000_000) {
      var bytes = Array(texts[Int.random(in: 0..<2, using: &random)].utf8)
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      var reader = HTTPResponseReader()
      if let events = try? reader.received(bytes) { read += events.count }
    }
    #expect(read > 0)
  }
}
