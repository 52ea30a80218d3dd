/// Which attributes a reply shall carry.
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
    let at = reader.offset
    let names = try reader.names()
    switch kind {
    case 0 where names.isEmpty: self = .none
    case 1 where names.isEmpty: self = .all
    case 2: self = .named(names)
    default: throw WireError(.malformedBody, fieldOffset: at)
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
