/// How much an event counts, by its kind: a number, or the number times the event's value.
package struct EventWeights: Sendable, Equatable {
  private var factors: [EventKind: Float] = [.view: 1, .click: 2, .cart: 4, .purchase: 8, .rating: 1]
  private var valued: Set<EventKind> = []

  /// A view 1, a click 2, an item in the cart 4, a purchase 8, a rating 1.
  package init() {}

  /// Changes the usual weights by parts such as `click=1.5`, `rating=value` and `purchase=2*value`.
  ///
  /// - Returns: `nil` if a part is of another form, or a kind stands twice.
  package init?(_ parts: [String]) {
    var seen: Set<EventKind> = []
    for part in parts {
      let sides = part.split(separator: "=", maxSplits: 1)
      guard sides.count == 2, let kind = EventKind(word: sides[0]), seen.insert(kind).inserted else {
        return nil
      }
      var factor = sides[1]
      if factor == "value" || factor.hasSuffix("*value") {
        valued.insert(kind)
        factor = factor == "value" ? "1" : factor.dropLast("*value".count)
      } else {
        valued.remove(kind)
      }
      guard let number = Float(factor), number >= 0, number.isFinite else { return nil }
      factors[kind] = number
    }
  }

  /// The weight of an event whose value is not negative; finite.
  package func weight(_ kind: EventKind, value: Float) -> Float {
    let factor = factors[kind] ?? 1
    return valued.contains(kind) ? min(factor * value, .greatestFiniteMagnitude) : factor
  }

  /// `view=1,click=2,…`, in the form that `init` reads.
  package var text: String {
    EventKind.allCases.map { kind in
      "\(kind.word)=\(factors[kind] ?? 1)\(valued.contains(kind) ? "*value" : "")"
    }.joined(separator: ",")
  }
}
