import JSON
import Vocabulary

extension JSON {
  /// An id, a version or another number of 64 bits that stands for a thing, as text: readers of JSON that keep numbers in
  /// float64, as jq and JavaScript do, make another number of what is above 2^53.
  static func exact(_ number: UInt64) -> JSON { .text(String(number)) }

  static func id(_ item: ItemID) -> JSON { exact(item.rawValue) }

  static func id(_ user: UserID) -> JSON { exact(user.rawValue) }
}
