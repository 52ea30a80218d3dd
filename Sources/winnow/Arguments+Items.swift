import Arguments
import Vocabulary

extension Session {
  /// The item ids of a flag or positional.
  func items(_ name: String) throws(Failure) -> [ItemID] {
    var items: [ItemID] = []
    for text in values.all(name, as: String.self) {
      guard let id = UInt64(text) else { throw usage(name, "takes item ids, whole numbers from 0 to 2^64-1") }
      items.append(ItemID(id))
    }
    return items
  }

  /// The user of a flag, if it was given.
  func user(_ name: String) throws(Failure) -> UserID? {
    guard let text = values.optional(name, as: String.self) else { return nil }
    guard let id = UInt64(text) else { throw usage(name, "takes a user id, a whole number from 0 to 2^64-1") }
    return UserID(id)
  }
}
