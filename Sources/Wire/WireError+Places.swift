package import Vocabulary

extension WireError {
  /// The error with the place of the field that it is about, if it has none and is about the collection or the generation
  /// of the request.
  package func placed(in opcode: Opcode, _ body: ArraySlice<UInt8>) -> WireError {
    guard fieldOffset == nil, code == .unknownCollection || code == .unknownGeneration else { return self }
    guard let request = Messages.requests.first(where: { $0.opcode == opcode }) else { return self }
    let name = code == .unknownCollection ? "collection" : "generation"
    var error = self
    error.fieldOffset = FieldFinder.offset(of: name, in: request, body).map { UInt32($0) }
    return error
  }

  /// The error as one that asked the shard passes it on: the place is in another body than its own asker's.
  package func relayed(from shard: ShardID) -> WireError {
    var error = self
    error.fieldOffset = nil
    error.shard = error.shard ?? UInt32(shard.rawValue)
    return error
  }

  /// Vectors of another dimension than the collection's.
  package static func dimension(of what: String, _ dimension: Int, at offset: Int) -> WireError {
    WireError(
      .dimensionMismatch, fieldOffset: offset, message: "the \(what) of the collection have dimension \(dimension)")
  }

  /// A column of a table that the collection does not have, or has with another type.
  package static func unknownColumn(_ index: Int, of table: AttributeTable, isThere: Bool) -> WireError {
    WireError(
      .unknownAttribute, fieldOffset: table.offset(ofColumn: index, name: !isThere),
      message: isThere
        ? "the collection has this attribute with another type" : "the collection has no attribute of this name")
  }
}
