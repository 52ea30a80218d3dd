import Wire

/// A block of a segment of rows.
enum RowBlock {
  /// Items as a GET is answered with them, everything asked for.
  case stored(GetResponse)
  /// Ids of items that are gone.
  case removed([UInt64])

  private enum Kind: UInt8 {
    case stored = 1
    case removed = 2
  }

  init(_ payload: [UInt8]) throws(WireError) {
    var reader = BodyReader(payload.dropFirst())
    switch payload.first.flatMap(Kind.init) {
    case .stored: self = .stored(try GetResponse(from: &reader))
    case .removed: self = .removed(try reader.ids(limit: Int(UInt32.max)))
    case nil: throw WireError(.malformedBody)
    }
    try reader.finish()
  }

  var bytes: [UInt8] {
    switch self {
    case .stored(let items): return [Kind.stored.rawValue] + items.body.bytes
    case .removed(let ids):
      var writer = BodyWriter()
      writer.write(ids: ids)
      return [Kind.removed.rawValue] + writer.body.bytes
    }
  }
}
