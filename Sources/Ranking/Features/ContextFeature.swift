import Vocabulary

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

extension ContextFeature: Codable {
  private enum Kind: String, CaseIterable {
    case numeric
    case oneHot = "one_hot"
    case bins
  }

  package init(from decoder: any Decoder) throws {
    switch try decoder.container(keyedBy: AnyKey.self).word("kind", Kind.self) {
    case .numeric:
      let fields = try decoder.strictFields(["kind", "name"] + Normalisation.keys)
      self = .numeric(name: try fields.name("name"), try Normalisation(from: decoder))
    case .oneHot:
      let fields = try decoder.strictFields(["kind", "name"] + OneHot.keys)
      self = .oneHot(name: try fields.name("name"), try OneHot(from: decoder))
    case .bins:
      let fields = try decoder.strictFields(["kind", "name", "edges"])
      let edges = try fields.decode([Double].self, forKey: "edges").map { Float($0) }
      let path = fields.codingPath + [AnyKey("edges")]
      guard (1...Self.edgesMax).contains(edges.count), edges.allSatisfy(\.isFinite) else {
        throw FieldError(path, .outOfRange, "1…\(Self.edgesMax) finite float32 are possible")
      }
      guard zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }) else {
        throw FieldError(path, .outOfRange, "each edge is above the one before it")
      }
      self = .bins(name: try fields.name("name"), edges: edges)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: AnyKey.self)
    try fields.encode(name, forKey: "name")
    switch self {
    case .numeric(_, let normalisation):
      try fields.encode(Kind.numeric.rawValue, forKey: "kind")
      try normalisation.encode(to: encoder)
    case .oneHot(_, let oneHot):
      try fields.encode(Kind.oneHot.rawValue, forKey: "kind")
      try oneHot.encode(to: encoder)
    case .bins(_, let edges):
      try fields.encode(Kind.bins.rawValue, forKey: "kind")
      try fields.encode(edges.map { Double($0) }, forKey: "edges")
    }
  }
}
