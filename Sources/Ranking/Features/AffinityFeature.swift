import Vocabulary

/// `affinity`: the shopper's profile inputs of the item's words, added.
struct AffinityFeature: CrossKind {
  static let word = "affinity"
  static let inputKind = InputKind.affinity
  static let types = [AttributeType.keyword, .keywordSet]

  let name: String
  let profile: ExactText

  var feature: AttributeFeature { .affinity(attribute: name, profile: profile) }
  var attribute: String? { name }
  var profileNeeded: String { "\(profile)=WORD" }

  func cross(_ profileNames: [String]) -> (any Cross)? {
    let shares = profileNames.enumerated().compactMap { place, name in
      name.after("\(profile)=").map { (place: place, word: $0) }
    }
    guard !shares.isEmpty else { return nil }
    return AffinityCross(words: WordInputs(OneHot(words: shares.map(\.word))), places: shares.map(\.place))
  }
}

/// An affinity with the places in the profile of the words that it knows.
private struct AffinityCross: Cross {
  let words: WordInputs
  let places: [Int]

  var kind: InputKind { AffinityFeature.inputKind }

  func items(_ column: InputColumn) -> [ItemSide] {
    guard case .words(let column) = column else { return column.sides { _ in .missing } }
    let positions = words.positions(of: column)
    return column.spans.map { side(positions[$0]) }
  }

  private func side(_ positions: ArraySlice<Int32>) -> ItemSide {
    .places(Set(positions.filter { $0 >= 0 }).sorted().map { places[Int($0)] })
  }

  /// Without a list of places for each item, for a query asks this of each of its candidates.
  func inputs(_ column: InputColumn, profile: Span<Float>, moment: Double?) -> [Float] {
    guard case .words(let words) = column else {
      return items(column).map { input($0, profile: profile, moment: moment) }
    }
    let positions = self.words.positions(of: words)
    var inputs: [Float] = []
    inputs.reserveCapacity(words.spans.count)
    for span in words.spans {
      guard span.count <= Self.fewWords else {
        inputs.append(input(side(positions[span]), profile: profile, moment: moment))
        continue
      }
      // Each position once, ascending: the next one is the least above the last.
      var sum: Float = 0
      var last: Int32 = -1
      for _ in span {
        var next = Int32.max
        for place in span where positions[place] > last { next = min(next, positions[place]) }
        guard next < .max else { break }
        sum += profile[places[Int(next)]]
        last = next
      }
      inputs.append(sum)
    }
    return inputs
  }

  /// Up to this many words of an item are put into order by looking for the next one.
  private static let fewWords = 16

  func input(_ item: ItemSide, profile: Span<Float>, moment: Double?) -> Float {
    guard case .places(let places) = item else { return 0 }
    var sum: Float = 0
    for place in places { sum += profile[place] }
    return sum
  }
}

extension AffinityFeature {
  init(from decoder: any Decoder) throws {
    let fields = try decoder.strictFields(["kind", "attribute", "profile"])
    name = try fields.name("attribute")
    profile = try fields.decode(ExactText.self, forKey: "profile")
  }

  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: AnyKey.self)
    try fields.encode(profile, forKey: "profile")
  }
}
