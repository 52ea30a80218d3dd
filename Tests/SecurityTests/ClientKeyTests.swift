import Bytes
import Foundation
import Security
import Testing

/// Keys of clients: their text, and their proof, which is the one of the vectors.
@Suite struct ClientKeyTests {
  private struct Line: Decodable {
    let name, key, id, hello, welcome, end_point, stored, server, transcript, proof, answer: String
  }

  private static let lines: [Line] = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "proto-spec/vectors/keys/proofs.jsonl")
    let text = (try? String(contentsOf: folder, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { try? JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
  }()

  private static func bytes(_ hex: String) -> [UInt8] { Hexadecimal.bytes(Array(hex.utf8)) ?? [] }

  @Test func proofsAreThoseOfTheVectors() throws {
    #expect(Self.lines.count == 10)
    for line in Self.lines {
      let key = try #require(ClientKey(text: line.key), "\(line.name)")
      #expect(key.id == line.id && key.text == line.key)
      let transcript = KeyTranscript(
        hello: Self.bytes(line.hello), welcome: Self.bytes(line.welcome), endPoint: Self.bytes(line.end_point))
      #expect(transcript.hash == Self.bytes(line.transcript))
      let verifier = KeyVerifier(stored: Self.bytes(line.stored), server: Self.bytes(line.server))
      #expect(key.verifier == verifier)
      #expect(key.proof(of: transcript) == Self.bytes(line.proof))
      #expect(verifier.accepts(Self.bytes(line.proof), of: transcript))
      #expect(verifier.answer(to: transcript) == Self.bytes(line.answer))
      #expect(verifier.isAnswered(Self.bytes(line.answer), transcript))
    }
  }

  @Test func aWrongProofIsRefused() throws {
    let key = ClientKey(id: "front-1", secret: [UInt8](0..<32))
    let other = ClientKey(id: "front-2", secret: [UInt8](0..<32))
    let transcript = KeyTranscript(hello: [1], welcome: [2], endPoint: KeyTranscript.plainLink)
    let right = key.proof(of: transcript)
    let verifier = key.verifier
    #expect(verifier.accepts(right, of: transcript))
    for bit in 0..<8 * right.count {
      var wrong = right
      wrong[bit / 8] ^= 1 << (bit % 8)
      #expect(!verifier.accepts(wrong, of: transcript))
    }
    // Of another connection, behind another certificate, of another id, of what the server keeps, and of other lengths.
    let elsewhere = [
      KeyTranscript(hello: [1], welcome: [3], endPoint: KeyTranscript.plainLink),
      KeyTranscript(hello: [1, 2], welcome: [], endPoint: KeyTranscript.plainLink),
      KeyTranscript(hello: [1], welcome: [2], endPoint: [UInt8](repeating: 1, count: 32)),
    ]
    for transcript in elsewhere { #expect(!verifier.accepts(right, of: transcript)) }
    #expect(!other.verifier.accepts(right, of: transcript))
    for wrong in [verifier.stored, verifier.server, verifier.answer(to: transcript), [], Array(right.dropLast())] {
      #expect(!verifier.accepts(wrong, of: transcript))
    }
    #expect(!verifier.isAnswered(right, transcript) && !verifier.isAnswered([], transcript))
    let decoy = KeyVerifier(decoyOf: "front-1", secret: [7])
    #expect(!decoy.accepts(right, of: transcript))
  }

  @Test func aTextThatWasMistypedIsNoKey() throws {
    let text = ClientKey(id: "a-1", secret: [UInt8](repeating: 0xFB, count: 32)).text
    #expect(ClientKey(text: text)?.text == text)
    let letters = Array(text)
    for place in letters.indices {
      var wrong = letters
      wrong[place] = wrong[place] == "x" ? "y" : "x"
      #expect(ClientKey(text: String(wrong)) == nil, "place \(place)")
      #expect(ClientKey(text: String(letters[..<place])) == nil)
    }
    for wrong in ["", "wk1_", text + " ", " " + text, text.uppercased(), "wk2" + text.dropFirst(3), "wk1__" + text] {
      #expect(ClientKey(text: wrong) == nil)
    }
  }

  @Test func aHeaderOfHTTPHasAKeyOrNone() {
    let key = ClientKey(id: "a-1", secret: [UInt8](0..<32))
    func basic(_ text: String) -> String { "Basic \(Base64.text(Array(text.utf8)))" }
    for header in [
      "Bearer \(key.text)", "bearer \(key.text)", basic("a-1:\(key.text)"), basic(":\(key.text)"),
    ] {
      let found = ClientKey(authorization: header)
      #expect(found?.text == key.text)
      #expect(found.map { key.verifier.isOf($0) } == true)
    }
    let other = ClientKey(id: "a-1", secret: [UInt8](1..<33))
    #expect(!key.verifier.isOf(other))
    for header in [
      "", "Bearer", "Bearer ", key.text, "Bearer  \(key.text)", "Digest \(key.text)", "Basic \(key.text)", "Basic =",
      basic(key.text), basic("b:\(key.text)"), basic("a-1:\(key.text) "),
      "Bearer \(String(repeating: "x", count: 600))",
    ] { #expect(ClientKey(authorization: header) == nil, "\(header)") }
  }

  @Test func aKeyIsNotPrinted() {
    let key = ClientKey(id: "a", secret: [UInt8](0..<32))
    #expect("\(key)" == "‹secret›")
  }
}
