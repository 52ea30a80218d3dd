package import Vocabulary

/// A feature that an item and its shopper or moment make together, its names looked up once.
///
/// What items bring is computed apart, so that a trainer does it once an item; `input` joins both.
package protocol Cross: Sendable {
  /// What an explanation calls it.
  var kind: InputKind { get }

  /// The item sides of the feature's attribute values, `[m]`.
  func items(_ column: InputColumn) -> [ItemSide]

  /// The number of a query's context that it counts to; `nil` if that is missing or there is none.
  func moment(_ context: [String: ContextValue]) -> Double?

  /// The input that an item gives with a profile `[p]` and the number that `moment` has found.
  func input(_ item: ItemSide, profile: Span<Float>, moment: Double?) -> Float

  /// The inputs of all items of a column, `[m]`, as `input` gives them of what `items` finds.
  func inputs(_ column: InputColumn, profile: Span<Float>, moment: Double?) -> [Float]
}

extension Cross {
  package func moment(_ context: [String: ContextValue]) -> Double? { nil }

  package func inputs(_ column: InputColumn, profile: Span<Float>, moment: Double?) -> [Float] {
    items(column).map { input($0, profile: profile, moment: moment) }
  }
}

/// The item's side of a cross.
package enum ItemSide: Hashable, Sendable {
  case missing
  /// The normalised number that a habit is taken from.
  case input(Float)
  /// The places of the profile inputs that are added, ascending.
  case places([Int])
  /// The number that an age counts from.
  case number(Double)
}

extension InputColumn {
  /// The sides of items with numbers, `[m]`; words are missing numbers.
  func sides(_ side: (Double) -> ItemSide) -> [ItemSide] {
    switch self {
    case .numbers(let numbers): numbers.map(side)
    case .words(let words): [ItemSide](repeating: .missing, count: words.spans.count)
    }
  }
}
