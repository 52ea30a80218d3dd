import Vocabulary

/// Names in the order of their first appearance, each with its number from 0.
package struct NameTable: Sendable {
  /// `[n]`.
  package private(set) var names: [String] = []
  private var numbers: [ExactText: UInt32] = [:]

  package init() {}

  package var count: Int { names.count }

  /// The number of a name; `nil` if it has none.
  package subscript(name: String) -> Int? { numbers[name.exact].map(Int.init) }

  /// The number of a name, a new one if need be.
  package mutating func number(_ name: String) -> Int {
    if let number = numbers[name.exact] { return Int(number) }
    precondition(names.count < Int(UInt32.max), "a number is a u32")
    numbers[name.exact] = UInt32(names.count)
    names.append(name)
    return names.count - 1
  }
}
