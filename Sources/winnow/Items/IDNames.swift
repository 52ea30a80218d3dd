import JSON
import Vocabulary

/// The names of the numbers that an answer shows; without a dictionary there are none.
struct IDNames: Sendable {
  private let items: [UInt64: String]?
  private let users: [UInt64: String]?

  /// - Parameter items: `nil`: there is no dictionary of items.
  init(items: [UInt64: String]? = nil, users: [UInt64: String]? = nil) {
    self.items = items
    self.users = users
  }

  /// Whether there is a dictionary of items that has none of these.
  func isStrange(to shown: [ItemID]) -> Bool {
    guard let items, !shown.isEmpty else { return false }
    return shown.allSatisfy { items[$0.rawValue] == nil }
  }

  /// For people: the name, or the number of what has none.
  subscript(item: ItemID) -> String { items?[item.rawValue].map(\.visible) ?? "\(item.rawValue)" }

  /// For people: the name, or the number of what has none.
  subscript(user: UserID) -> String { users?[user.rawValue].map(\.visible) ?? "\(user.rawValue)" }

  /// For people: the name, and the number behind it where they differ.
  func both(_ item: ItemID) -> String {
    self[item] == "\(item.rawValue)" ? self[item] : "\(self[item]) (\(item.rawValue))"
  }

  /// `id`, and with a dictionary `name`, which is null where it has none.
  func fields(_ item: ItemID) -> [(String, JSON)] {
    [("id", .id(item))] + (items.map { [("name", $0[item.rawValue].map { .text($0) } ?? .null)] } ?? [])
  }

  /// `user`, and with a dictionary `user_name`.
  func fields(_ user: UserID?) -> [(String, JSON)] {
    guard let user else { return [("user", .null)] }
    return [("user", .id(user))]
      + (users.map { [("user_name", $0[user.rawValue].map { .text($0) } ?? .null)] } ?? [])
  }
}
