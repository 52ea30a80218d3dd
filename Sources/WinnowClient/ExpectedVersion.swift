import Wire

/// The condition on an item's version for a write to change it.
public enum ExpectedVersion: Hashable, Sendable {
  /// The item must not exist.
  case absent
  /// The item must have this version.
  case version(UInt64)

  static func numbers(_ expecting: [ExpectedVersion?], count: Int) throws(WinnowError) -> [UInt64] {
    guard !expecting.isEmpty else { return [UInt64](repeating: 0, count: count) }
    try Check.range(expecting.count, count...count, "number of expected versions")
    return expecting.map {
      switch $0 {
      case nil: 0
      case .absent: UpsertRequest.mustNotExist
      case .version(let version): version
      }
    }
  }
}
