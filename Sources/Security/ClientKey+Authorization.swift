internal import Bytes

extension ClientKey {
  /// The key that a header `Authorization` of HTTP has: `Bearer KEY`, or `Basic` with the key as the password of a user
  /// that has its id or no name, as a browser asks for it; `nil`: it has none.
  package init?(authorization: String) {
    let parts = authorization.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[1].utf8.count <= Self.headerBytesMax else { return nil }
    let given = String(parts[1])
    switch parts[0].lowercased() {
    case "bearer": self.init(text: given)
    case "basic":
      guard let bytes = Base64.bytes(given), let text = String(validating: bytes, as: UTF8.self) else { return nil }
      let words = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard words.count == 2, let key = ClientKey(text: String(words[1])), words[0].isEmpty || words[0] == key.id
      else { return nil }
      self = key
    default: return nil
    }
  }

  /// Of a header's value at most.
  private static let headerBytesMax = 512
}
