public import Vocabulary
import Wire

extension WinnowClient {
  /// The items that a shopper most likely wants, best first.
  ///
  /// - Throws: `refused` with the error of the registry, such as `BAD_FILTER`, `UNKNOWN_USER` or, when the minimum
  ///   coverage was not met, `COVERAGE_NOT_MET`; `unreachable`; `timedOut`, also when the server's answer says that time
  ///   ended before any shard had searched anything.
  public func rank(_ query: RankQuery) async throws(WinnowError) -> RankAnswer {
    let response = try await call(try query.request(), .read, timeout: query.timeout)
    guard !response.report.isUnanswered else { throw .unanswered }
    return RankAnswer(response)
  }

  /// Items by id.
  ///
  /// - Parameter ids: 1…10,000; repeats are answered once.
  public func get(
    _ ids: [ItemID], from collection: String, attributes: AttributeChoice = .all, withEmbeddings: Bool = false,
    withRerankVectors: Bool = false, timeout: Duration? = nil
  ) async throws(WinnowError) -> StoredItems {
    try Check.name(collection, "collection")
    try Check.range(ids.count, 1...Limits.getItemsMax, "number of ids")
    var request = GetRequest(collection: collection, ids: ids.map(\.rawValue))
    request.attributes = try attributes.selection()
    request.wantsEmbeddings = withEmbeddings
    request.wantsRerank = withRerankVectors
    return StoredItems(try await call(request, .read, timeout: timeout))
  }

  /// Writes whole items, each in place of what the cluster has under its id.
  ///
  /// A write that may have been lost is sent again under the same number, which changes nothing a second time.
  /// - Parameters:
  ///   - items: 1…4,096, each with one entry per attribute of the schema.
  ///   - schema: That of the collection.
  ///   - expecting: For each item the version that it must have, or `nil` for any; empty: any.
  public func upsert(
    _ items: [Item], schema: CollectionSchema, into collection: String, expecting: [ExpectedVersion?] = [],
    timeout: Duration? = nil
  ) async throws(WinnowError) -> WriteOutcome {
    try await writers.write { stream throws(WinnowError) in
      let request = try UpsertRequest(
        items, schema: schema, collection: collection, expecting: expecting, writer: stream.writer, op: stream.op)
      return try await send(request, timeout: timeout)
    }
  }

  /// Removes items; what is not there counts as removed.
  ///
  /// - Parameters:
  ///   - ids: 1…4,096.
  ///   - expecting: For each item the version that it must have, or `nil` for any; empty: any.
  public func delete(
    _ ids: [ItemID], from collection: String, expecting: [ExpectedVersion?] = [], timeout: Duration? = nil
  ) async throws(WinnowError) -> WriteOutcome {
    try Check.name(collection, "collection")
    try Check.range(ids.count, 1...Limits.upsertItemsMax, "number of ids")
    let versions = try ExpectedVersion.numbers(expecting, count: ids.count)
    return try await writers.write { stream throws(WinnowError) in
      let request = DeleteRequest(
        collection: collection, writer: stream.writer, op: stream.op, ids: ids.map(\.rawValue),
        expectedVersions: versions)
      return try await send(request, timeout: timeout)
    }
  }

  /// Changes attributes of items; their vectors and other attributes stay.
  ///
  /// - Parameters:
  ///   - updates: 1…4,096, of different items.
  ///   - schema: That of the collection.
  ///   - expecting: For each item the version that it must have, or `nil` for any; empty: any.
  public func update(
    _ updates: [ItemUpdate], schema: CollectionSchema, in collection: String, expecting: [ExpectedVersion?] = [],
    timeout: Duration? = nil
  ) async throws(WinnowError) -> WriteOutcome {
    try await writers.write { stream throws(WinnowError) in
      let request = try UpdateRequest(
        updates, schema: schema, collection: collection, expecting: expecting, writer: stream.writer, op: stream.op)
      return try await send(request, timeout: timeout)
    }
  }

  func send(_ request: some WriteMessage, timeout: Duration?) async throws(WinnowError) -> WriteOutcome {
    var request = request
    request.wantsCopies = true
    return WriteOutcome(
      try await call(
        request, .repeatable, timeout: timeout, retry: WriteResponse.unfinished, join: WriteResponse.joined))
  }
}
