package import Ranking
import Vocabulary
package import Wire

/// An answer to the console: an HTTP status and JSON.
package struct ConsoleReply: Sendable {
  /// Of HTTP: 200, or what went wrong.
  package let status: Int
  /// The JSON, on one line.
  package let json: String

  /// An answer.
  package init(_ value: JSONText) {
    status = 200
    json = value.line
  }

  /// A request whose JSON is wrong, with the field that is.
  package init(_ error: ModelError) {
    status = 400
    json = Self.error(
      name: "BAD_REQUEST", message: (error.field.isEmpty ? "" : "\(error.field): ") + error.detail, field: error.field)
  }

  /// A query that was refused.
  ///
  /// - Parameter filter: The query's filter, to point into.
  package init(_ error: WireError, filter: String) {
    status = error.code.httpStatus
    let offset = error.code == .badFilter ? error.fieldOffset.map { Int($0) } : nil
    json = Self.error(
      name: error.code.name, message: error.message.isEmpty ? error.code.meaning : error.message, field: "",
      more: [
        ("column", offset.map { .count($0 + 1) } ?? .null),
        ("caret", offset.flatMap { Self.caret(filter, byteOffset: $0) }.map { .text($0) } ?? .null),
        ("retry_after_ms", .count(error.retryAfterMilliseconds)),
      ])
  }

  private static func error(
    name: String, message: String, field: String, more: [(String, JSONText)] = []
  ) -> String {
    JSONText.object([
      (
        "error",
        .object([("name", .text(name)), ("message", .text(message)), ("field", .text(field))] + more)
      )
    ]).line
  }

  /// A text and, on the next line, a caret below a byte of it; `nil` if it has no such byte and does not end there.
  private static func caret(_ text: String, byteOffset: Int) -> String? {
    let bytes = Array(text.utf8)
    guard !text.isEmpty, (0...bytes.count).contains(byteOffset) else { return nil }
    let printable = { (bytes: ArraySlice<UInt8>) in
      String(String(decoding: bytes, as: UTF8.self).map { $0.isNewline || $0 == "\t" ? " " : $0 }).visible
    }
    return printable(bytes[...]) + "\n"
      + String(repeating: " ", count: printable(bytes[..<byteOffset]).count) + "^"
  }
}

extension ErrorCode {
  /// The status of HTTP for it.
  fileprivate var httpStatus: Int {
    switch self {
    case .unknownCollection, .unknownGeneration, .unknownUser: 404
    case .conflict: 409
    case .overloaded, .quota: 429
    case .shuttingDown, .noReplica, .memoryBudget, .metadataUnavailable, .coverageNotMet: 503
    case .deadlineExceeded, .expiredInQueue, .cancelled: 504
    case .internalFault, .storageFailed, .corruptShard: 500
    default: 400
    }
  }
}
