import Vocabulary

/// A feature that an item and its shopper or moment make together, its names looked up once.
///
/// What items bring is computed apart, so that a trainer does it once an item; `input` joins both.
package struct Cross: Sendable {
  /// The item's side of a cross.
  package enum ItemSide: Hashable, Sendable {
    case missing
    /// The normalised number that a habit is taken from.
    case input(Float)
    /// The places of the profile inputs that an affinity adds, ascending.
    case places([Int])
    /// The number that an age counts from.
    case number(Double)
  }

  private enum Kind: Sendable {
    case habit(place: Int, Normalisation)
    case affinity(words: WordInputs, places: [Int])
    case age(context: String, Normalisation)
  }

  private let kind: Kind

  /// The cross of a feature; `nil` for a feature that is none, or one that names no profile input.
  package init?(_ feature: AttributeFeature, profileNames: [String]) {
    switch feature {
    case .habit(_, let profile, let normalisation):
      guard let place = profileNames.firstIndex(exactly: profile.text) else { return nil }
      kind = .habit(place: place, normalisation)
    case .affinity(_, let profile):
      let shares = profileNames.enumerated().compactMap { place, name in
        name.after("\(profile)=").map { (place: place, word: $0) }
      }
      guard !shares.isEmpty else { return nil }
      kind = .affinity(words: WordInputs(OneHot(words: shares.map(\.word))), places: shares.map(\.place))
    case .age(_, let context, let normalisation): kind = .age(context: context, normalisation)
    case .numeric, .oneHot, .bool, .retrievalScore: return nil
    }
  }

  /// The item sides of the feature's attribute values, `[m]`.
  package func items(_ column: InputColumn) -> [ItemSide] {
    switch (kind, column) {
    case (.habit(_, let normalisation), .numbers(let numbers)):
      numbers.map { normalisation.normalised($0).map { .input($0) } ?? .missing }
    case (.age, .numbers(let numbers)): numbers.map { $0.isNaN ? .missing : .number($0) }
    case (.affinity(let words, let places), .words(let column)):
      Self.places(words.positions(of: column), column.spans, places)
    case (_, .numbers(let numbers)): [ItemSide](repeating: .missing, count: numbers.count)
    case (_, .words(let words)): [ItemSide](repeating: .missing, count: words.spans.count)
    }
  }

  private static func places(_ positions: [Int32], _ spans: [Range<Int>], _ places: [Int]) -> [ItemSide] {
    spans.map { span in
      .places(Set(positions[span].filter { $0 >= 0 }).sorted().map { places[Int($0)] })
    }
  }

  /// The number of a query's context that an age counts to; `nil` if it is missing or the feature is no age.
  package func moment(_ context: [String: ContextValue]) -> Double? {
    guard case .age(let name, _) = kind, case .number(let number) = context[name] else { return nil }
    return Double(number)
  }

  /// The input that an item gives with a profile `[p]` and the number that `moment` has found.
  package func input(_ item: ItemSide, profile: Span<Float>, moment: Double?) -> Float {
    switch (kind, item) {
    case (.habit(let place, _), .input(let input)): return input - profile[place]
    case (.habit(_, let normalisation), _): return normalisation.missing
    case (.affinity, .places(let places)):
      var sum: Float = 0
      for place in places { sum += profile[place] }
      return sum
    case (.affinity, _): return 0
    case (.age(_, let normalisation), .number(let start)):
      return normalisation.input(moment.map { max(0, $0 - start) })
    case (.age(_, let normalisation), _): return normalisation.missing
    }
  }
}
