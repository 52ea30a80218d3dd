/// How the keys of a file are spelt beside the names in code.
package enum KeyForm: Sendable {
  case asNamed
  /// `heldOut` in code is `held_out` in the file.
  case snakeCase

  /// The key in the file of a name in code.
  func key(_ name: String) -> String {
    guard self == .snakeCase else { return name }
    return name.unicodeScalars.reduce(into: "") { key, scalar in
      if (0x41...0x5A).contains(scalar.value) {
        if !key.isEmpty { key += "_" }
        key += String(scalar).lowercased()
      } else {
        key.unicodeScalars.append(scalar)
      }
    }
  }

  /// The name in code of a key in the file; underscores in front are kept.
  func name(_ key: String) -> String {
    guard self == .snakeCase else { return key }
    let front = key.prefix { $0 == "_" }
    let parts = key.dropFirst(front.count).split(separator: "_", omittingEmptySubsequences: false)
    guard let first = parts.first else { return key }
    return String(front) + first + parts.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }
}
