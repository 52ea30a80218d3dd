package import Vocabulary

/// GET: items by id (`proto-spec/03-messages/get.md`).
package struct GetRequest: RequestMessage, Equatable {
  package typealias Reply = GetResponse
  package static let opcode = Opcode.get

  package var collection: String
  package var generation = Generation(0)
  package var wantsEmbeddings = false
  package var wantsRerank = false
  package var attributes = AttributeSelection.none
  /// Where the named attributes stood.
  package private(set) var attributesPlace = BodyPlace()
  /// 1…10,000.
  package var ids: [UInt64]

  /// A request for ids and versions alone.
  package init(collection: String, ids: [UInt64]) {
    self.collection = collection
    self.ids = ids
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    generation = Generation(try reader.integer())
    let parts: UInt8 = try reader.integer(in: 0...3)
    wantsEmbeddings = parts & 1 != 0
    wantsRerank = parts & 2 != 0
    let selection = try AttributeSelection.readKind(from: &reader)
    collection = try reader.name()
    attributesPlace = BodyPlace(reader.offset)
    attributes = try AttributeSelection(kind: selection, namesFrom: &reader)
    ids = try reader.ids(least: 1, limit: Limits.getItemsMax)
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(generation.rawValue)
    writer.write((wantsEmbeddings ? 1 : 0) as UInt8 | (wantsRerank ? 2 : 0))
    writer.write(attributes.kind)
    writer.write(name: collection)
    writer.write(names: attributes.names)
    writer.write(ids: ids)
  }
}
