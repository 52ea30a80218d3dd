/// Which attributes a reply has to carry.
package enum AttributeSelection: Sendable, Equatable {
  case none
  /// All of the schema, in its order.
  case all
  /// The named ones, in this order; none twice.
  case named([String])

  /// The selection of a kind, 0 to 2, with its names.
  init(kind: UInt8, names: [String]) {
    self =
      switch kind {
      case 0: .none
      case 1: .all
      default: .named(names)
      }
  }

  var kind: UInt8 {
    switch self {
    case .none: 0
    case .all: 1
    case .named: 2
    }
  }

  var names: [String] { if case .named(let names) = self { names } else { [] } }
}
