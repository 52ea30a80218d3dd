/// One entry of `inputs.attributes`: what of an item, besides its vectors, the network sees.
package enum AttributeFeature: Hashable, Sendable {
  /// An `int` or `float` attribute, one input.
  case numeric(attribute: String, Normalisation)
  /// A `keyword` attribute (one input is 1) or a `keyword_set` (one for each member); zeros where it is missing.
  case oneHot(attribute: String, OneHot)
  /// A `bool` attribute: 1, 0, or `missing`.
  case bool(attribute: String, missing: Float)
  /// The inner product by which retrieval found the item, one input.
  case retrievalScore(Normalisation)

  /// Number of inputs.
  package var width: Int {
    if case .oneHot(_, let oneHot) = self { oneHot.width } else { 1 }
  }

  /// The attribute it reads, or `nil` for the retrieval score.
  package var attribute: String? {
    switch self {
    case .numeric(let name, _), .oneHot(let name, _), .bool(let name, _): name
    case .retrievalScore: nil
    }
  }
}

/// One entry of `inputs.context`: what the front end says about the moment of the query.
package enum ContextFeature: Hashable, Sendable {
  /// A number (a bool counts as 1 or 0), one input.
  case numeric(name: String, Normalisation)
  /// A word; zeros where it is missing.
  case oneHot(name: String, OneHot)

  /// Number of inputs.
  package var width: Int {
    if case .oneHot(_, let oneHot) = self { oneHot.width } else { 1 }
  }

  /// The name under which a query gives it.
  package var name: String {
    switch self {
    case .numeric(let name, _), .oneHot(let name, _): name
    }
  }
}
