package import Vocabulary

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
  /// A number against the shopper's habit: what `numeric` makes of it less the profile input of that name, one input.
  case habit(attribute: String, profile: ExactText, Normalisation)
  /// How much the shopper has to do with the item's words: the sum of the profile inputs `PROFILE=WORD`, one input.
  case affinity(attribute: String, profile: ExactText)
  /// A number of the context less the attribute and not below 0, one input: how old the item is.
  case age(attribute: String, context: String, Normalisation)

  /// Number of inputs.
  package var width: Int {
    if case .oneHot(_, let oneHot) = self { oneHot.width } else { 1 }
  }

  /// Whether it reads more than the item.
  package var isCross: Bool {
    switch self {
    case .habit, .affinity, .age: true
    case .numeric, .oneHot, .bool, .retrievalScore: false
    }
  }

  /// The attribute it reads, or `nil` for the retrieval score.
  package var attribute: String? {
    switch self {
    case .numeric(let name, _), .oneHot(let name, _), .bool(let name, _): name
    case .habit(let name, _, _), .affinity(let name, _), .age(let name, _, _): name
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
  /// A number by the interval it lies in: below the first edge, from one edge to the next, from the last on.
  ///
  /// Edges ascend; one input more than edges, zeros where the number is missing.
  case bins(name: String, edges: [Float])

  static let edgesMax = 1024

  /// Number of inputs.
  package var width: Int {
    switch self {
    case .numeric: 1
    case .oneHot(_, let oneHot): oneHot.width
    case .bins(_, let edges): edges.count + 1
    }
  }

  /// The name under which a query gives it.
  package var name: String {
    switch self {
    case .numeric(let name, _), .oneHot(let name, _), .bins(let name, _): name
    }
  }
}
