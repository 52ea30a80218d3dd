package import Vocabulary

/// GET: items by id (`proto-spec/03-messages/get.md`).
package struct GetRequest: RequestMessage, Equatable {
  package typealias Reply = GetResponse
  package static let opcode = Opcode.get

  package var collection = ""
  package var generation = Generation(0)
  package var wantsEmbeddings = false
  package var wantsRerank = false
  package var attributes = AttributeSelection.none
  /// Where the named attributes stood.
  package private(set) var attributesPlace = BodyPlace()
  /// 1…10,000.
  package var ids: [UInt64] = []

  package init() {}

  /// A request for ids and versions alone.
  package init(collection: String, ids: [UInt64]) {
    self.collection = collection
    self.ids = ids
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var parts: UInt8 = (wantsEmbeddings ? 1 : 0) | (wantsRerank ? 2 : 0)
    var (kind, names) = (attributes.kind, attributes.names)
    try c.integer("generation", &generation)
    try c.integer("parts", &parts, in: 0...3)
    try c.integer("attributes_wanted", &kind, in: 0...2)
    try c.name("collection", &collection)
    attributesPlace = BodyPlace(c.offset)
    try c.names("attributes", &names, mayStand: kind == 2)
    try c.ids("ids", &ids, least: 1, limit: Limits.getItemsMax)
    (wantsEmbeddings, wantsRerank) = (parts & 1 != 0, parts & 2 != 0)
    attributes = AttributeSelection(kind: kind, names: names)
  }
}
