import Foundation
import JSON
import Testing

@testable import winnow

struct WireDecodeTests {
  /// Errors that a frame shows by itself, whoever gets it and whatever came before.
  private static let ownErrors: Set = [
    "TRAILING_BYTES", "BAD_UTF8", "NON_FINITE_VALUE", "DUPLICATE_FIELD", "BAD_PAYLOAD_CRC", "DECOMPRESS_FAILED",
    "RAW_SIZE_MISMATCH", "BAD_HEADER_CRC", "RESERVED_BITS",
  ]

  /// The vectors of `proto-spec/vectors`.
  private static func vectors() throws -> [JSON] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "proto-spec/vectors")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".jsonl") }
    return try files.sorted().flatMap { file in
      try Data(contentsOf: folder.appending(path: file)).split(separator: 0x0A).map {
        try JSONReader.read(Array($0)[...])
      }
    }
  }

  private static func text(_ vector: JSON, _ key: String) -> String {
    if case .text(let text) = vector[key] { text } else { "" }
  }

  private static func frames(_ vector: JSON) throws -> [FrameReader.Frame] {
    WireDecodeVerb.frames(try #require(WireDecodeVerb.digits(Array(text(vector, "hex").utf8))))
  }

  /// The bytes of a vector, or with each bit of its range flipped.
  private static func cases(_ vector: JSON) throws -> [[UInt8]] {
    let bytes = try #require(WireDecodeVerb.digits(Array(text(vector, "hex").utf8)))
    guard case .list(let range) = vector["flip"], let first = range.first?.asID, let end = range.last?.asID else {
      return [bytes]
    }
    return (Int(first)..<Int(end)).flatMap { byte in
      (0..<8).map { bit in
        var flipped = bytes
        flipped[byte] ^= 1 << bit
        return flipped
      }
    }
  }

  @Test func acceptedVectorsAreDecoded() throws {
    for vector in try Self.vectors() where Self.text(vector, "expect") == "accept" {
      let frames = try Self.frames(vector)
      #expect(frames.allSatisfy { $0.fault == nil }, "\(Self.text(vector, "name")): \(frames.map(\.fault))")
      #expect(frames.last?.body != nil, "\(Self.text(vector, "name"))")
    }
  }

  @Test func refusedVectorsFailWithTheirError() throws {
    var count = 0
    for vector in try Self.vectors() where Self.ownErrors.contains(Self.text(vector, "error")) {
      for bytes in try Self.cases(vector) {
        let fault = WireDecodeVerb.frames(bytes).last { $0.fault != nil }?.fault
        guard fault?.what.hasPrefix(Self.text(vector, "error")) != true else { continue }
        Issue.record("\(Self.text(vector, "name")): \(String(describing: fault))")
        break
      }
      count += 1
    }
    #expect(count >= 100)
  }

  @Test func requestIsShownFieldByField() throws {
    let vector = try #require(try Self.vectors().first { Self.text($0, "name") == "rank-request-user" })
    #expect(
      WireDecodeVerb.text(try Self.frames(vector)) == """
        frame 1 at byte 0
          length              182: 146 bytes of payload
          magic               f5a7
          wire version        1
          opcode              0x20 RANK
          flags               0x0002 FIN
          body version        1
          raw length          146
          request id          1
          time                1000000 µs
          epoch               0
          payload CRC32C      0x59cea474
          header CRC32C       0xd4bf1089
          body of the request
            k                 2
            depth             200
            minimum_coverage  0
            generation        0
            user              7
            who               1
            attributes_wanted  2
            most_per_group    1
            group_attribute   "brand"
            collection        "shop"
            query_vector      0
            user_vector       0
            filter            "price in 10..50 and not brand = acme"
            context           2
              [0]
                name          "hour"
                kind          1
                number        20.5
                text          none
              [1]
                name          "device"
                kind          2
                number        none
                text          "phone"
            attributes        2: "price", "brand"
            session           0
            exclude           2: 42, 7
          passes every check that a frame alone can fail

        """)
  }

  @Test func fieldsOfALaterBodyVersionAreShownWhereTheyAre() throws {
    let vectors = try Self.vectors()
    for (name, fields) in [
      ("rank-2-request-user", ["least_depth", "request_id", "explained"]),
      ("rank-2-reply-explained", ["request_id", "base_logit", "parts"]), ("search-2-request", ["request_id"]),
    ] {
      let vector = try #require(vectors.first { Self.text($0, "name") == name })
      let text = WireDecodeVerb.text(try Self.frames(vector))
      let body = try #require(text.split(separator: "  body of the").last)
      #expect(text.contains("body version        2"), "\(name)")
      for field in fields { #expect(body.contains(field), "\(name) without \(field)") }
    }
  }

  @Test(arguments: [
    ("24000000f5", 0, 0), ("474554202f20", 1, 4), (String(repeating: "00", count: 40), 1, 4),
    ("24000000f5a70105020001000000000000000000000000000000000000000000000000000000000000", 2, 36),
  ]) func faultHasItsStepAndPlace(hex: String, step: Int, byte: Int) throws {
    let frames = WireDecodeVerb.frames(try #require(WireDecodeVerb.digits(Array(hex.prefix(80).utf8))))
    #expect(frames.count == 1)
    #expect(frames.first?.fault?.step == step)
    #expect(frames.first?.fault?.byte == byte)
  }

  @Test func anyBytesAreReadToTheirEnd() throws {
    for vector in try Self.vectors().prefix(60) {
      let bytes = try #require(WireDecodeVerb.digits(Array(Self.text(vector, "hex").utf8)))
      for count in stride(from: 1, to: min(bytes.count, 200), by: 7) {
        #expect(!WireDecodeVerb.frames(Array(bytes.prefix(count))).isEmpty)
      }
    }
  }

  @Test func digitsAreBytesAndAnythingElseIsNot() {
    #expect(WireDecodeVerb.digits(Array("F5 a7\n".utf8)) == [0xF5, 0xA7])
    #expect(WireDecodeVerb.digits(Array("f5a".utf8)) == nil)
    #expect(WireDecodeVerb.digits(Array("frame".utf8)) == nil)
  }
}
