import Transport
public import Vocabulary
import Wire

extension WinnowClient {
  /// The status of the node, with its shards and links.
  public func status(timeout: Duration? = nil) async throws(WinnowError) -> NodeStatus {
    NodeStatus(wire: try await call(StatusRequest(wantsMembers: true), .read, timeout: timeout))
  }

  /// The coordinators of the cluster, and the store of what they agree on.
  public func coordinators(timeout: Duration? = nil) async throws(WinnowError) -> ClusterCoordinators {
    ClusterCoordinators(wire: try await call(MetadataRequest(.read), .read, timeout: timeout))
  }

  /// Lets the store of what the coordinators agree on count as it is, although it went back to an older state; for the
  /// coordinator that is asked.
  package func recoverMetadata(timeout: Duration? = nil) async throws(WinnowError) -> ClusterCoordinators {
    ClusterCoordinators(wire: try await call(MetadataRequest(.recover), .repeatable, timeout: timeout))
  }

  /// The shard map; `nil` if the node has none yet.
  public func shardMap(timeout: Duration? = nil) async throws(WinnowError) -> ShardPlacement? {
    try await call(ShardMapRequest(.read), .read, timeout: timeout).map.map(ShardPlacement.init)
  }

  /// Lets another member of a shard take its writes.
  ///
  /// - Parameter place: Of the member, among those of the shard in `NodeStatus.members`.
  public func promote(place: Int, of shard: ShardID, timeout: Duration? = nil) async throws(WinnowError) {
    try Check.range(place, 0...7, "place")
    _ = try await call(GroupRequest(of: shard, heir: UInt8(place)), .read, timeout: timeout)
  }

  /// All counters of the node as Prometheus text.
  public func metrics(timeout: Duration? = nil) async throws(WinnowError) -> String {
    try await call(MetricsRequest(), .read, timeout: timeout).text
  }

  /// The newest queries that took long, of those that the coordinator still has.
  ///
  /// - Parameters:
  ///   - after: Only those of a greater number.
  ///   - limit: 1…1,000.
  public func slowQueries(
    after: UInt64 = 0, limit: Int = 1000, timeout: Duration? = nil
  ) async throws(WinnowError) -> SlowQueries {
    try Check.range(limit, 1...SlowQuery.keptMax, "limit")
    return SlowQueries(wire: try await call(SlowLogRequest(after: after, limit: limit), .read, timeout: timeout))
  }

  /// The newest events of the cluster, of those that the coordinator still has.
  ///
  /// - Parameters:
  ///   - since: Only events that are at most this number of seconds old; `nil`: of any age.
  ///   - limit: 1…1,000.
  public func clusterEvents(
    since: UInt32? = nil, limit: Int = 1000, timeout: Duration? = nil
  ) async throws(WinnowError) -> ClusterEvents {
    try Check.range(limit, 1...ClusterEvent.keptMax, "limit")
    let request = ClusterLogRequest(ageMicrosecondsMax: UInt64(since ?? 0) * 1_000_000, limit: limit)
    return ClusterEvents(wire: try await call(request, .read, timeout: timeout))
  }

  /// Adds a run of a loop that trains and pushes by itself to the events of the cluster.
  ///
  /// - Parameter outcome: What came of it, for people; 255 bytes are kept. The same one behind itself is not added again.
  public func noteLoopRun(
    of collection: String, _ outcome: String, timeout: Duration? = nil
  ) async throws(WinnowError) {
    try Check.name(collection, "collection")
    var request = ClusterLogRequest(limit: 1)
    request.noted = ClusterEvent(.loopRun, of: collection, outcome)
    _ = try await call(request, .read, timeout: timeout)
  }

  /// Sends bytes that come back as they are, at most 65,536.
  public func echo(_ bytes: [UInt8], timeout: Duration? = nil) async throws(WinnowError) -> [UInt8] {
    try Check.range(bytes.count, 0...Echo.bytesMax, "number of bytes")
    return try await call(Echo(bytes: bytes), .read, timeout: timeout).bytes
  }

  /// The time of a round trip to the coordinator's connection and back.
  public func ping(timeout: Duration? = nil) async throws(WinnowError) -> Duration {
    let start = executor.clock.now()
    _ = try await echo([UInt8](repeating: 0, count: 8), timeout: timeout)
    return .nanoseconds(Int64(clamping: executor.clock.now().nanoseconds - start.nanoseconds))
  }
}
