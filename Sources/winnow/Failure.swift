import Arguments
import Ranking
import Storage
import WinnowClient

/// Why a verb failed, for people and for the parent process.
struct Failure: Error {
  let code: ExitCode
  /// The name in the registry, or a word.
  let name: String
  let message: String
  /// Advice; empty if there is none.
  var advice = ""
  /// A place in the filter, in bytes from 0.
  var filterOffset: Int?
  var filter = ""

  init(_ code: ExitCode, _ message: String, advice: String = "", name: String = "") {
    self.code = code
    self.name = name
    self.message = message
    self.advice = advice
  }

  /// A failure from a fault of a model file.
  init(_ error: ModelError) { self.init(.failed, error.description, name: "BAD_FILE") }

  /// A failure from a fault of a file that does not have the name that the format gives it.
  init(_ error: ModelError, path: String) {
    let field = error.field.isEmpty ? "" : "\(error.field): "
    self.init(.failed, "\(path): \(field)\(error.kind.rawValue): \(error.detail)", name: "BAD_FILE")
  }

  /// A failure from an error of the file system.
  init(_ error: DiskError) { self.init(.failed, error.text) }

  /// What the cluster answered, or why it did not.
  ///
  /// - Parameter filter: The filter of the query, to point into.
  init(_ error: WinnowError, address: String, filter: String = "") {
    name = error.name
    message = error.message + (error.attempts > 1 ? " (\(error.attempts) attempts)" : "")
    self.filter = filter
    filterOffset = error.name == "BAD_FILTER" ? error.fieldOffset : nil
    switch error.kind {
    case .cancelled: code = .interrupted
    case .unreachable:
      code = .unreachable
      advice = "is winnowd running at \(address)? Otherwise give --coordinator HOST:PORT"
    case .timedOut:
      code = .unreachable
      advice = "give more time with --timeout, or see 'winnow cluster status'"
    case .invalid: code = error.attempts == 0 ? .usage : .failed
    case .refused:
      switch error.name {
      case "COVERAGE_NOT_MET": code = .degraded
      case "DEADLINE_EXCEEDED", "EXPIRED_IN_QUEUE": code = .unreachable
      case "CONFLICT": code = .conflict
      case "PERMISSION_DENIED", "AUTH_REQUIRED", "AUTH_FAILED", "AUTH_RATE_LIMITED", "CERT_REQUIRED": code = .notAllowed
      default: code = .failed
      }
      advice = Self.advice[error.name] ?? ""
    }
  }

  private static let advice = [
    "BAD_FILTER": "'winnow collection describe' lists the attributes; the language is proto-spec/10-filters.md",
    "UNKNOWN_ATTRIBUTE": "'winnow collection describe' lists the attributes",
    "UNKNOWN_COLLECTION": "'winnow collection list' shows what there is",
    "UNKNOWN_USER":
      "ids of your own need --dictionary DIRECTORY; for a shopper that the model has not met give --session or --vector, "
      + "or push a model that has vectors for unknown shoppers",
    "DIMENSION_MISMATCH": "'winnow collection describe' shows the dimensions",
    "CONFLICT": "'winnow collection describe' and 'winnow model list' show what there is",
    "MODEL_REFUSED": "the model's manifest must agree with the collection's schema and with the weights",
    "UNKNOWN_ANALYSIS":
      "the schema's text settings name it; 'winnow text analyse --help' says which languages there are",
    "UNKNOWN_UPLOAD": "the coordinator restarted meanwhile: start again",
    "NO_REPLICA": "'winnow cluster status' shows which shard is down; try again when it is back",
    "OVERLOADED": "try again in a moment, with less at a time",
    "SHUTTING_DOWN": "try again when the node is back",
    "MEMORY_BUDGET":
      "if the message names --memory-max: delete items, add a shard, or give it more; else try again with less at a time",
    "STORAGE_FULL": "make room on the disk that the message names: then the node takes writes again by itself",
    "DEADLINE_EXCEEDED": "give more time with --timeout, or see 'winnow cluster status'",
    "EXPIRED_IN_QUEUE": "give more time with --timeout",
    "COVERAGE_NOT_MET": "'winnow cluster status' names the missing shards; lower --min-coverage to go on",
    "METADATA_UNAVAILABLE": "the coordinator cannot read its shard map; see its log",
    "CERT_REQUIRED": "give --tls-dir DIRECTORY with the client's certificate, which 'winnow tls issue --client' makes",
    "AUTH_REQUIRED":
      "give --key-file FILE with a key, which 'winnow key new' makes, or a client's certificate in --tls-dir",
    "QUOTA":
      "the key asks for more than its quota: ask less often, or see 'winnow key list' on the coordinator's machine",
    "AUTH_FAILED": "the key is not this cluster's, or it was revoked or has expired: 'winnow key list' shows the keys",
    "AUTH_RATE_LIMITED": "wrong keys came from this address: try again in a minute, with the right one",
    "INTERNAL": "a fault of the server; see its log",
  ]
}
