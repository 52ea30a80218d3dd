import Security
import Support
import Testing

/// The chain of an audit log: that it is the one of the page, and that nothing in it can be changed unseen.
@Suite struct AuditChainTests {
  /// What reads a log: the number of its lines, or the fault.
  private static func count(_ lines: [[UInt8]], head: String? = nil) -> Int? {
    var chain = AuditChain()
    var hasHead = head == nil
    for (place, line) in lines.enumerated() {
      guard (try? chain.follow(line, isFirst: place == 0)) != nil else { return nil }
      hasHead = hasHead || chain.head == head
    }
    return hasHead ? lines.count : nil
  }

  private static func log(_ count: Int) -> (lines: [[UInt8]], head: String) {
    var chain = AuditChain()
    let lines = (1...count).map { number in
      chain.add(
        AuditEntry(who: "boss", from: "winnow at 10.0.0.7:\(number)", what: "RULE keep", on: "shop", outcome: "OK"),
        time: "2026-11-30T15:00:00.000Z", node: "10.0.0.1:7700")
    }
    return (lines, chain.head)
  }

  @Test func theGoldenFilesHaveTheBytesOfThePage() throws {
    let files = try GoldenFolder("audit-1").files()
    let text = { (name: String) in try #require(files.first { $0.name == name }).bytes }
    let lines = try (text("audit.log.000000000003") + text("audit.log")).split(separator: 0x0A).map { Array($0) }
    let whole = lines.filter { $0.last == UInt8(ascii: "}") }
    #expect(lines.count == whole.count + 1)
    let head = try String(decoding: text("head").dropLast(), as: UTF8.self)
    #expect(Self.count(whole, head: head) == 7)
    // Written once more, they are the same.
    let caller = "winnow 0.1.0 at 10.0.0.7:50512"
    let entries = [
      AuditEntry(what: "start", outcome: "OK"), AuditEntry(who: "boss", from: caller, what: "AUTH", outcome: "OK"),
      AuditEntry(who: "boss", from: caller, what: "COLLECTION_CREATE", on: "shop", outcome: "begun"),
      AuditEntry(
        who: "boss", from: caller, what: "COLLECTION_CREATE", on: "shop", outcome: "OK", microseconds: 1734),
      AuditEntry(who: "front-1", from: "a \"client\" at [::1]:40000", what: "AUTH", outcome: "AUTH_FAILED"),
      AuditEntry(
        who: "front-1", from: "winnow 0.1.0 at 10.0.0.8:50512", what: "COLLECTION_DROP", outcome: "PERMISSION_DENIED"),
      AuditEntry(what: "stop", outcome: "OK"),
    ]
    var chain = AuditChain()
    for (place, entry) in entries.enumerated() {
      let line = chain.add(
        entry, time: "2026-11-30T15:00:0\(place + 1).00\(place + 1)Z", node: "10.0.0.1:7700")
      #expect(String(decoding: line, as: UTF8.self) == String(decoding: whole[place], as: UTF8.self))
    }
    #expect(chain.number == 7 && chain.head == head)
  }

  @Test func aCallersWordsMakeNoSecondLineAndNoLongOne() throws {
    var chain = AuditChain()
    let hostile = "a\n{\"seq\":2}\u{1b}[2J" + String(repeating: "x", count: 10_000)
    let line = chain.add(AuditEntry(from: hostile, what: "AUTH", outcome: "OK"), time: "", node: "")
    #expect(!line.contains(0x0A) && !line.contains(0x1B) && line.count < 1_000)
    var reader = AuditChain()
    #expect(try reader.follow(line).number == 1)
  }

  /// Each edit is found: at the line behind it, or by the head.
  @Test func everyEditIsFound() throws {
    var random = SeededRandom(seed: 20)
    let (lines, head) = Self.log(12)
    #expect(Self.count(lines, head: head) == 12)
    for edit in 0..<TestScale.count(400, full: 10_000) {
      var changed = lines
      let place = Int.random(in: 0..<lines.count, using: &random)
      switch edit % 5 {
      case 0:
        let byte = Int.random(in: 0..<lines[place].count, using: &random)
        changed[place][byte] ^= UInt8.random(in: 1...255, using: &random)
      case 1: changed.remove(at: place)
      case 2: changed.swapAt(place, (place + 1 + Int.random(in: 0..<lines.count - 1, using: &random)) % lines.count)
      case 3: changed.insert(lines[Int.random(in: 0..<lines.count, using: &random)], at: place)
      default: changed.removeLast(lines.count - place)
      }
      // What begins later says so itself: the number of its first line is not 1.
      if edit % 5 == 1, place == 0 { continue }
      #expect(Self.count(changed, head: head) == nil, "edit \(edit)")
    }
    // Who writes the whole chain anew has another head.
    var forged = AuditChain()
    let others = lines.map { _ in forged.add(AuditEntry(what: "x", outcome: "OK"), time: "", node: "") }
    #expect(Self.count(others) == 12 && Self.count(others, head: head) == nil)
  }

  @Test func faultsSayWhatIsWrong() throws {
    let (lines, _) = Self.log(3)
    var chain = AuditChain()
    _ = try chain.follow(lines[0])
    #expect(throws: AuditChain.Fault.number(3, expected: 2)) { try chain.follow(lines[2]) }
    let otherFirst = Self.log(1).lines[0].map { $0 == UInt8(ascii: "s") ? UInt8(ascii: "t") : $0 }
    #expect(throws: AuditChain.Fault.notALine) { try chain.follow(otherFirst) }
    var other = AuditChain()
    _ = other.add(AuditEntry(what: "start", outcome: "OK"), time: "", node: "")
    #expect(throws: AuditChain.Fault.chain) { try other.follow(lines[1]) }
    #expect(throws: AuditChain.Fault.chain) {
      var fresh = AuditChain()
      _ = try fresh.follow(
        Array(String(decoding: lines[0], as: UTF8.self).replacing("0000000\"}", with: "0000001\"}").utf8))
    }
  }
}
