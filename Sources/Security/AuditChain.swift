internal import Bytes
internal import JSON

/// The lines of an audit log: each has its number and the hash of the line before it, so that what was changed, left out,
/// put in or put elsewhere shows.
package struct AuditChain: Sendable {
  /// Why a line does not follow.
  package enum Fault: Error, Equatable, Sendable {
    /// It is none of the form of an audit log.
    case notALine
    /// Its number is not the next one.
    case number(UInt64, expected: UInt64)
    /// The line before it is not the one that it was written behind.
    case chain
  }

  /// What a line says, as far as a reader of the chain needs it.
  package struct Line: Sendable {
    package let number: UInt64
    package let time: String
  }

  /// The hash before the first line of all.
  package static let beginning = String(repeating: "0", count: hashDigits)

  private static let hashDigits = 32
  /// Characters of a text at most: a caller chooses some of them.
  private static let textCharactersMax = 256
  private static let members = ["seq", "time", "node", "who", "from", "what", "on", "outcome", "us", "prev"]

  /// The number of the last line; 0: there is none.
  package private(set) var number: UInt64 = 0
  /// The hash of the last line: the first half of its SHA-256, in hexadecimal.
  package private(set) var head = beginning

  /// A chain without a line.
  package init() {}

  /// Adds a line.
  ///
  /// - Parameters:
  ///   - time: In UTC, as RFC 3339 writes it.
  ///   - node: The address of the coordinator.
  /// - Returns: The line without its line feed.
  package mutating func add(_ entry: AuditEntry, time: String, node: String) -> [UInt8] {
    func quoted(_ text: String) -> String { JSON.quoted(String(text.prefix(Self.textCharactersMax))) }
    let texts = [time, node, entry.who, entry.from, entry.what, entry.on, entry.outcome].map(quoted)
    let values = ["\(number + 1)"] + texts + ["\(entry.microseconds)", quoted(head)]
    let line = "{" + zip(Self.members, values).map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    let bytes = Array(line.utf8)
    (number, head) = (number + 1, Self.hash(bytes))
    return bytes
  }

  /// Takes a line that was read, without its line feed.
  ///
  /// - Parameter isFirst: Whether what stood before it is not known: then any number and any hash before it will do, but
  ///   those of a line that says it is the first of all.
  package mutating func follow(_ bytes: some Collection<UInt8>, isFirst: Bool = false) throws(Fault) -> Line {
    let bytes = Array(bytes)
    guard let json = try? JSONReader.read(bytes[...]), case .object(let fields) = json,
      fields.map({ $0.0 }) == Self.members, case .text(let time)? = json["time"],
      case .text(let before)? = json["prev"], let number = json["seq"]?.asID, number > 0
    else { throw .notALine }
    if !isFirst {
      guard number == self.number &+ 1 else { throw .number(number, expected: self.number &+ 1) }
      guard before == head else { throw .chain }
    } else if number == 1, before != Self.beginning {
      throw .chain
    }
    (self.number, head) = (number, Self.hash(bytes))
    return Line(number: number, time: time)
  }

  private static func hash(_ line: [UInt8]) -> String {
    ContentHash.hexadecimal(ContentHash.sha256(line).prefix(hashDigits / 2))
  }
}
