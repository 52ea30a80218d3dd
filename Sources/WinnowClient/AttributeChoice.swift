import Vocabulary
import Wire

/// Which attributes an answer carries.
public enum AttributeChoice: Hashable, Sendable {
  case none
  /// All of the schema, in its order.
  case all
  /// These, in this order.
  case named([String])

  func selection() throws(WinnowError) -> AttributeSelection {
    switch self {
    case .none: return .none
    case .all: return .all
    case .named(let names):
      try Check.range(names.count, 0...Limits.attributesMax, "number of attributes")
      for name in names { try Check.name(name, "attribute") }
      return .named(names)
    }
  }
}
