import Foundation
import Support
import Testing
import Wire

/// Bodies that are nearly right: two implementations refuse each with the same code at the same offset, or both take it.
@Suite struct MutationTests {
  /// A body and what its header says.
  private struct Body {
    let name: String
    let message: ReceivedMessage

    /// The line that the client in Python judges.
    var line: String {
      let header = message.header
      return "\(header.opcode.rawValue) \(header.flags.rawValue) \(header.bodyVersion) \(message.body.hex)"
    }

    /// What this implementation makes of it.
    var verdict: String {
      do throws(WireError) { _ = try message.decoded() } catch {
        return "\(error.code.name) \(error.fieldOffset.map { String($0) } ?? "-")"
      }
      return "accept"
    }
  }

  /// Bodies of accepted vectors; longer ones cost more than they show.
  private static func bodies() throws -> [Body] {
    try SpecFolder.vectors().filter { $0.expect == .accept }.compactMap { vector in
      guard let message = try ReceivedMessage.all(in: vector.bytes).last, message.body.count <= 900,
        message.header.opcode != .ping, message.header.opcode != .pong
      else { return nil }
      return Body(name: vector.name, message: message)
    }
  }

  /// Each body cut at every length, and with every byte set to values at the edges of what fields allow.
  private static func mutations(of body: Body) -> [Body] {
    let whole = body.message.body
    var mutations = whole.indices.map { Array(whole[..<$0]) } + [whole + [0]]
    for place in whole.indices {
      let byte = whole[place]
      for value in Set<UInt8>([0, 1, 2, 8, 0x41, 0x7F, 0x80, 0xFF, byte &+ 1, byte &- 1, byte ^ 0x80])
      where value != byte {
        var changed = whole
        changed[place] = value
        mutations.append(changed)
      }
      for width in [2, 4] where place + width <= whole.count {
        for value: UInt8 in [0, 0xFF] {
          var changed = whole
          for offset in 0..<width { changed[place + offset] = value }
          mutations.append(changed)
        }
      }
      if place + 4 <= whole.count {
        var changed = whole
        changed.replaceSubrange(place..<place + 4, with: [0, 0, 0xC0, 0x7F])
        mutations.append(changed)
      }
    }
    return mutations.map { Body(name: body.name, message: ReceivedMessage(header: body.message.header, body: $0)) }
  }

  /// One in so many of them is tried: all take minutes.
  private static var share: Int {
    ProcessInfo.processInfo.environment["MUTATIONS_FULL"] == nil ? 120 : 1
  }

  @Test func pythonRefusesTheSameAtTheSameOffset() throws {
    var random = SeededRandom(seed: 31)
    let bodies = try Self.bodies().flatMap(Self.mutations).filter { _ in
      Self.share == 1 || Int.random(in: 0..<Self.share, using: &random) == 0
    }
    #expect(bodies.count > 2500)
    let verdicts = try Self.judge(bodies)
    try #require(verdicts.count == bodies.count)
    var differences: [String: (count: Int, example: String)] = [:]
    for (body, verdict) in zip(bodies, verdicts) where body.verdict != verdict {
      let kind = "\(body.message.header.opcode.name) \(body.verdict.prefix { $0 != " " })"
      let example = "\(body.name): Swift \(body.verdict), Python \(verdict): \(body.line)"
      differences[kind] = ((differences[kind]?.count ?? 0) + 1, differences[kind]?.example ?? example)
    }
    for (_, difference) in differences.sorted(by: { $0.key < $1.key }) {
      Issue.record("\(difference.count) times: \(difference.example)")
    }
  }

  /// What the client in Python makes of bodies.
  private static func judge(_ bodies: [Body]) throws -> [String] {
    let file = FileManager.default.temporaryDirectory.appending(path: "winnow-bodies-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(bodies.map { $0.line + "\n" }.joined().utf8).write(to: file)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", SpecFolder.url.appending(path: "python/winnow_vectors.py").path, "judge"]
    process.standardInput = try FileHandle(forReadingFrom: file)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text.split(separator: "\n").map(String.init)
  }
}
