import Bytes
import JSON
import Vocabulary

/// The JSON of etcd's gateway: 64-bit numbers are texts in answers, bytes are base64, and what is 0, false or empty is
/// left out.
enum EtcdMessages {
  /// A key with its value.
  struct KeyValue: Equatable {
    let bytes: [UInt8]
    let revision: UInt64
  }

  /// The answer to a range or a transaction of one key.
  struct KeyAnswer: Equatable {
    /// The revision of the whole store.
    let revision: UInt64
    /// Of a transaction: whether its comparison held.
    let succeeded: Bool
    /// What the key holds; `nil` after a put, or if it holds nothing.
    let found: KeyValue?
  }

  /// What a watch says in one line.
  enum WatchLine: Equatable {
    case created(revision: UInt64)
    case changed(KeyValue)
    /// The watch has ended; it has to be begun again from what is read then.
    case ended(String)
    case nothing
  }

  /// Asks for one key; the answer is no older than the request.
  static func range(_ key: String) -> String { JSON.object([("key", base64(key))]).line }

  /// Puts a value if the key was last changed at a revision, or if there is no key; else asks what there is.
  ///
  /// - Parameter chair: Only if this lease holds this key too.
  static func compareAndPut(
    _ key: String, expected: UInt64?, _ bytes: [UInt8], chair: (key: String, lease: UInt64)? = nil
  ) -> String {
    let target: [(String, JSON)] =
      if let expected {
        [("target", .text("MOD")), ("mod_revision", .text(String(expected)))]
      } else {
        [("target", .text("CREATE")), ("create_revision", .text("0"))]
      }
    let put = JSON.object([("key", base64(key)), ("value", .text(Base64.text(bytes)))])
    var compare = [JSON.object(target + [("result", .text("EQUAL")), ("key", base64(key))])]
    if let chair {
      compare.append(
        .object([
          ("target", .text("LEASE")), ("lease", .text(String(chair.lease))), ("result", .text("EQUAL")),
          ("key", base64(chair.key)),
        ]))
    }
    return JSON.object([
      ("compare", .list(compare)),
      ("success", .list([.object([("request_put", put)])])),
      ("failure", .list([.object([("request_range", .object([("key", base64(key))]))])])),
    ]).line
  }

  /// Asks for every change of a key from a revision on.
  static func watch(_ key: String, from revision: UInt64) -> String {
    let create = JSON.object([("key", base64(key)), ("start_revision", .text(String(revision)))])
    return JSON.object([("create_request", create)]).line
  }

  /// The answer to a range; `nil` if it is none.
  static func rangeAnswer(_ body: [UInt8]) -> KeyAnswer? {
    guard let answer = read(body), let revision = answer["header"]?["revision"]?.asID else { return nil }
    guard let found = firstKeyValue(answer) else { return nil }
    return KeyAnswer(revision: revision, succeeded: true, found: found.value)
  }

  /// The answer to a transaction; `nil` if it is none.
  static func transactionAnswer(_ body: [UInt8]) -> KeyAnswer? {
    guard let answer = read(body), let revision = answer["header"]?["revision"]?.asID else { return nil }
    if answer["succeeded"] == .bool(true) { return KeyAnswer(revision: revision, succeeded: true, found: nil) }
    guard case .list(let responses)? = answer["responses"], let range = responses.first?["response_range"],
      let found = firstKeyValue(range)
    else { return nil }
    return KeyAnswer(revision: revision, succeeded: false, found: found.value)
  }

  /// A line of a watch; `nil` if it is none.
  static func watchLine(_ line: [UInt8]) -> WatchLine? {
    guard let answer = read(line) else { return nil }
    if let error = answer["error"] { return .ended(text(error["message"]) ?? "the watch failed") }
    guard let result = answer["result"] else { return nil }
    if result["canceled"] == .bool(true) { return .ended(text(result["cancel_reason"]) ?? "the watch was ended") }
    if result["created"] == .bool(true) { return result["header"]?["revision"]?.asID.map { .created(revision: $0) } }
    guard case .list(let events)? = result["events"], let last = events.last else { return .nothing }
    if last["type"] == .text("DELETE") { return .ended("the key was deleted") }
    return last["kv"].flatMap(keyValue).map { .changed($0) }
  }

  /// What an answer with an error says.
  static func errorText(_ body: [UInt8]) -> String? { read(body).flatMap { text($0["error"]) ?? text($0["message"]) } }

  static func base64(_ key: String) -> JSON { .text(Base64.text(Array(key.utf8))) }

  static func read(_ bytes: [UInt8]) -> JSON? {
    do throws(JSONReader.Mistake) { return try JSONReader.read(bytes[...]) } catch { return nil }
  }

  private static func text(_ value: JSON?) -> String? { if case .text(let text)? = value { text } else { nil } }

  /// The first key of a range's answer: the outer `nil` is a mistake, the inner one an absent key.
  private static func firstKeyValue(_ range: JSON) -> (value: KeyValue?, Void)? {
    guard let list = range["kvs"] else { return (nil, ()) }
    guard case .list(let values) = list else { return nil }
    guard let first = values.first else { return (nil, ()) }
    return keyValue(first).map { ($0, ()) }
  }

  private static func keyValue(_ value: JSON) -> KeyValue? {
    guard let revision = value["mod_revision"]?.asID else { return nil }
    guard let encoded = value["value"] else { return KeyValue(bytes: [], revision: revision) }
    return text(encoded).flatMap(Base64.bytes).map { KeyValue(bytes: $0, revision: revision) }
  }
}
