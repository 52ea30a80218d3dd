import Arguments
import Bytes
import JSON
import Security
import Storage
import Vocabulary

/// `winnow audit verify`: whether the lines of an audit log are those that were written, in their order.
enum AuditVerifyVerb {
  private static let files = Positional.repeated("FILE", .file, "The files of the log, the oldest first.")
  private static let head = Flag(
    "head", .string, "A hash that the coordinator's own log has named as the head: one of the lines has to have it.",
    placeholder: "HEX")

  static let verb = Verb(
    command: Command(
      name: "verify", summary: "Check that an audit log is as it was written",
      details: """
        Each line has the hash of the one before it: a line that was changed, left out, put in or put elsewhere shows. Of \
        the last lines only --head tells whether they are all there. A line that a crash has cut is passed over, and \
        counted. Exit code 4: the log is not as it was written.
        """,
      flags: [head], positionals: [files]), run: run)

  /// Bytes of a file at most; a coordinator begins another one before that.
  private static let fileBytesMax = 256 << 20

  /// What was read so far.
  private struct Reading {
    var chain = AuditChain()
    var first: AuditChain.Line?
    var last: AuditChain.Line?
    var count: UInt64 = 0
    var cutCount: UInt64 = 0
    var hasHead = false

    /// Takes the lines of a file.
    ///
    /// - Returns: The number of the line that does not follow, and why; `nil`: all do.
    mutating func take(_ bytes: [UInt8], head: String?) -> (line: Int, fault: AuditChain.Fault)? {
      for (place, bytes) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
        if bytes.isEmpty { continue }
        do throws(AuditChain.Fault) {
          let line = try chain.follow(bytes, isFirst: first == nil)
          (first, last, count) = (first ?? line, line, count + 1)
          if chain.head == head { hasHead = true }
        } catch {
          // What a crash has cut ends before the end of an object.
          guard error == .notALine, bytes.last != UInt8(ascii: "}") else { return (place + 1, error) }
          cutCount += 1
        }
      }
      return nil
    }
  }

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let head = session[Self.head]
    if let head, head.utf8.count != AuditChain.beginning.utf8.count || Hexadecimal.bytes(head.utf8) == nil {
      throw Failure(.usage, "winnow audit verify: --head takes 32 hexadecimal digits")
    }
    var reading = Reading()
    for path in session[Self.files] {
      let bytes: [UInt8]?
      do throws(DiskError) { bytes = try RealDisk().read(path, limit: fileBytesMax) } catch { throw Failure(error) }
      guard let bytes else { throw Failure(.failed, "there is no \(path.visible)") }
      if let (line, fault) = reading.take(bytes, head: head?.lowercased()) {
        throw Failure(
          .thresholdMissed, "\(path.visible), line \(line): \(words(fault))",
          advice: "compare with a copy of the log, and with the heads in the coordinator's own log", name: "BAD_CHAIN")
      }
    }
    guard let first = reading.first, let last = reading.last else {
      throw Failure(.thresholdMissed, "there is no line in it", name: "BAD_CHAIN")
    }
    guard head == nil || reading.hasHead else {
      throw Failure(
        .thresholdMissed, "no line has the hash of --head: lines are missing at the end, or it is of another log",
        name: "BAD_CHAIN")
    }
    let cut = reading.cutCount
    session.print(
      .object([
        ("lines", .id(reading.count)), ("first", .id(first.number)), ("last", .id(last.number)),
        ("since", .text(first.time)), ("until", .text(last.time)), ("head", .text(reading.chain.head)),
        ("cut", .id(cut)),
      ]),
      human: "\(Text.grouped(reading.count)) lines, \(first.number) to \(last.number), \(first.time.visible) to "
        + "\(last.time.visible), are as they were written\(cut > 0 ? "; \(cut) were cut by a crash" : "")\n"
        + "head \(reading.chain.head)\n")
    return .ok
  }

  private static func words(_ fault: AuditChain.Fault) -> String {
    switch fault {
    case .notALine: "it is none of an audit log"
    case .number(let number, let expected): "it is line \(number) of the log where line \(expected) belongs"
    case .chain: "the line before it is not the one that it was written behind"
    }
  }
}
