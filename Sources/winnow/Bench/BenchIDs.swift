import Arguments
import JSON
import Names
import Vocabulary

/// Ids that a bench is given, in the numbers of the wire.
struct BenchIDs: Sendable {
  private let users: IDDictionary?
  private let items: IDDictionary?
  private let key: Pseudonyms?

  init(_ own: OwnIDs) throws(Failure) {
    (users, items, key) = (try own.userTable(), try own.itemTable(), own.key)
  }

  /// The user of a value: with a dictionary a text is a name.
  func user(_ value: JSON) -> UserID? { Self.number(value, users, key).map { UserID($0) } }

  /// The items of values; `nil` if one is none.
  func items(_ values: [JSON]) -> [ItemID]? {
    let found = values.compactMap { Self.number($0, items, nil).map { ItemID($0) } }
    return found.count == values.count ? found : nil
  }

  private static func number(_ value: JSON, _ table: IDDictionary?, _ key: Pseudonyms?) -> UInt64? {
    guard let table, case .text(let name) = value else { return value.asID }
    return number(name, table, key)
  }

  private static func number(_ name: String, _ table: IDDictionary, _ key: Pseudonyms?) -> UInt64? {
    if let position = try? table.position(of: name, key) { return table.ids[position] }
    return table.isPseudonymous ? nil : IDDictionary.number(name)
  }

  /// The shoppers of a flag: a range of numbers, or a list.
  func users(
    _ flag: Flag<String>, _ session: Session
  ) throws(Failure) -> (range: ClosedRange<UInt64>, list: [UInt64]) {
    try Self.pool(flag, users, key, session)
  }

  /// The items of a flag: a range of numbers, or a list.
  func items(
    _ flag: Flag<String>, _ session: Session
  ) throws(Failure) -> (range: ClosedRange<UInt64>, list: [UInt64]) {
    try Self.pool(flag, items, nil, session)
  }

  private static func pool(
    _ flag: Flag<String>, _ table: IDDictionary?, _ key: Pseudonyms?, _ session: Session
  ) throws(Failure) -> (range: ClosedRange<UInt64>, list: [UInt64]) {
    let text = session[flag]
    if let range = BenchFlags.range(text) { return (range, []) }
    guard let table else {
      throw session.usage(
        flag, "takes two numbers such as 1-1000; with --dictionary also names with commas between them, or all")
    }
    if text == "all" {
      guard table.count > 0 else { throw session.usage(flag, "is all, and \(table.file) is empty") }
      return (1...1, table.ids)
    }
    var list: [UInt64] = []
    for name in text.splitList() where !name.isEmpty {
      guard let number = number(name, table, key) else {
        throw session.usage(flag, "names \(name.debugDescription), which \(table.file) does not have")
      }
      list.append(number)
    }
    guard !list.isEmpty else { throw session.usage(flag, "is empty") }
    return (1...1, list)
  }
}
