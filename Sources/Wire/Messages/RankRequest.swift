package import Filters
package import Vocabulary

/// RANK: who asks, for what, and what the answer may cost (`proto-spec/03-messages/rank.md`).
///
/// Version 1 of the body ends before `leastDepth`.
package struct RankRequest: RequestMessage, Equatable {
  package typealias Reply = RankResponse
  package static let opcode = Opcode.rank
  /// Where the minimum coverage stands in the body.
  package static let minimumCoverageOffset = 8
  /// Where the user id stands.
  package static let userOffset = 16
  /// Where the name of the group attribute stands.
  package static let groupAttributeOffset = 28

  /// A value of the context of the query, as the model's features name it.
  package enum ContextValue: Sendable, Equatable {
    case number(Float)
    case keyword(String)

    /// Keywords are the same if their bytes are.
    package static func == (a: ContextValue, b: ContextValue) -> Bool {
      switch (a, b) {
      case (.number(let a), .number(let b)): a == b
      case (.keyword(let a), .keyword(let b)): a.exact == b.exact
      default: false
      }
    }
  }

  /// The limit of results with the same value of an attribute.
  package struct GroupCap: Sendable, Equatable {
    package var attribute: String
    package var most: UInt16

    package init(attribute: String, most: UInt16) {
      self.attribute = attribute
      self.most = most
    }
  }

  package var collection: String
  package var generation = Generation(0)
  /// Results wanted, 1…1,000.
  package var k: Int
  /// Candidates to re-rank in the whole cluster, k…10,000.
  package var depth: Int
  /// Millionths of the slots that the answer must cover.
  package var minimumCoverage: UInt32 = 0
  package var user: UserID?
  /// Query vector `[d]`, or empty.
  package var vector: [Float] = []
  /// The user input of the MLP `[u]`, or empty.
  package var userVector: [Float] = []
  /// The most recent last.
  package var sessionItems: [UInt64] = []
  package var filter = "" { didSet { parsed = ParsedFilter(filter: nil) } }
  private var parsed = ParsedFilter(filter: nil)
  package var exclude: [UInt64] = []
  package var context: [(name: String, value: ContextValue)] = []
  package var groupCap: GroupCap?
  package var attributes = AttributeSelection.none
  /// Where the named attributes stood.
  package private(set) var attributesPlace = BodyPlace()
  /// The fewest candidates to which an overloaded coordinator may reduce `depth`; 0: never fewer.
  package var leastDepth = 0
  /// By which the query is followed through answers and logs; 0: the coordinator makes one.
  package var requestID: UInt64 = 0
  /// How many results, from the first, are explained, 0…100.
  package var explainedCount = 0

  /// A request for the first `k` of `depth` candidates; the other fields have their defaults.
  package init(collection: String, k: Int, depth: Int) {
    self.collection = collection
    self.k = k
    self.depth = depth
  }

  /// Where the query vector stands in the body.
  package var vectorOffset: Int {
    Self.groupAttributeOffset + 1 + (groupCap?.attribute.utf8.count ?? 0) + 1 + collection.utf8.count
  }

  /// Where the user vector stands in the body.
  package var userVectorOffset: Int { vectorOffset + 2 + 4 * vector.count }

  package init(from reader: inout BodyReader) throws(WireError) {
    k = Int(try reader.integer(in: 1...UInt32(Limits.kMax), or: .limitExceeded))
    depth = Int(try reader.integer(in: UInt32(k)...UInt32(Limits.depthMax), or: .limitExceeded))
    minimumCoverage = try reader.integer(in: 0...1_000_000)
    generation = Generation(try reader.integer())
    let userAt = reader.offset
    let userID: UInt64 = try reader.integer()
    let who: UInt8 = try reader.integer(in: 0...1)
    guard who == 1 || userID == 0 else {
      throw WireError(.malformedBody, fieldOffset: userAt, message: "a user id that is not given is 0")
    }
    user = who == 1 ? UserID(userID) : nil
    let selection = try AttributeSelection.readKind(from: &reader)
    let most: UInt16 = try reader.integer()
    let groupAt = reader.offset
    let group = try reader.nameOrEmpty()
    guard (most == 0) == (group == nil) else {
      throw WireError(
        .malformedBody, fieldOffset: groupAt, message: "a cap per group and its attribute are given together")
    }
    groupCap = group.map { GroupCap(attribute: $0, most: most) }
    collection = try reader.name()
    vector = try reader.vector(orEmpty: true)
    userVector = try reader.vector(orEmpty: true)
    let filterAt = reader.offset
    filter = try reader.text(limit: Limits.filterTextBytesMax)
    parsed = ParsedFilter(filter: try Self.parse(filter, at: filterAt))
    context = try Self.context(from: &reader)
    attributesPlace = BodyPlace(reader.offset)
    attributes = try AttributeSelection(kind: selection, namesFrom: &reader)
    sessionItems = try reader.ids(limit: Limits.sessionItemsMax)
    exclude = try reader.ids(limit: Limits.excludeMax)
    guard reader.version >= 2 else { return }
    let leastAt = reader.offset
    leastDepth = Int(try reader.integer(UInt32.self))
    guard leastDepth == 0 || k...depth ~= leastDepth else {
      throw WireError(.limitExceeded, fieldOffset: leastAt, message: "the least depth is 0, or k to depth")
    }
    requestID = try reader.integer()
    explainedCount = Int(try reader.integer(in: 0...UInt8(Limits.explainedMax), or: .limitExceeded))
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(UInt32(k))
    writer.write(UInt32(depth))
    writer.write(minimumCoverage)
    writer.write(generation.rawValue)
    writer.write(user?.rawValue ?? 0)
    writer.write(user != nil)
    writer.write(attributes.kind)
    writer.write(groupCap?.most ?? 0)
    writer.write(name: groupCap?.attribute)
    writer.write(name: collection)
    writer.write(vector: vector)
    writer.write(vector: userVector)
    writer.write(text: filter)
    writer.write(UInt16(context.count))
    for (name, value) in context {
      writer.write(name: name)
      switch value {
      case .number(let number):
        writer.write(1 as UInt8)
        writer.write(number)
      case .keyword(let keyword):
        writer.write(2 as UInt8)
        writer.write(text: keyword)
      }
    }
    writer.write(names: attributes.names)
    writer.write(ids: sessionItems)
    writer.write(ids: exclude)
    guard writer.version >= 2 else { return }
    writer.write(UInt32(leastDepth))
    writer.write(requestID)
    writer.write(UInt8(explainedCount))
  }

  /// What the text of the filter says, empty text nothing.
  ///
  /// - Throws: BAD_FILTER, LIMIT_EXCEEDED; not for a request that was read from a body.
  package func parsedFilter() throws(WireError) -> Filter? {
    if let filter = parsed.filter { return filter }
    return try Self.parse(filter, at: nil)
  }

  private static func parse(_ filter: String, at: Int?) throws(WireError) -> Filter? {
    guard !filter.isEmpty else { return nil }
    do throws(FilterError) { return try FilterParser.parse(filter) } catch { throw WireError(error, filterAt: at) }
  }

  private static func context(from reader: inout BodyReader) throws(WireError) -> [(name: String, value: ContextValue)]
  {
    var context: [(name: String, value: ContextValue)] = []
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 5, limit: Limits.contextFeaturesMax)) {
      let at = reader.offset
      let name = try reader.name()
      guard !context.contains(where: { $0.name == name }) else { throw .twice(at) }
      let kind: UInt8 = try reader.integer(in: 1...2)
      context.append((name, kind == 1 ? .number(try reader.finiteFloat()) : .keyword(try reader.text(limit: 255))))
    }
    return context
  }

  package static func == (a: RankRequest, b: RankRequest) -> Bool { a.body.bytes == b.body.bytes }
}
