/// Which attributes a reply has to carry.
package enum AttributeSelection: Sendable, Equatable {
  case none
  /// All of the schema, in its order.
  case all
  /// The named ones, in this order; none twice.
  case named([String])

  /// Reads the u8 of the selection; the names follow later in the body.
  static func readKind(from reader: inout BodyReader) throws(WireError) -> UInt8 { try reader.integer(in: 0...2) }

  /// Reads the names that belong to a kind read before.
  init(kind: UInt8, namesFrom reader: inout BodyReader) throws(WireError) {
    let names = try reader.names(mayStand: kind == 2)
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
