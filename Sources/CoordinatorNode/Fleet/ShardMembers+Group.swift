import Bytes
import Metadata
import Placement
import Telemetry
import Transport
import Vocabulary
import Wire

// Members never speak to the store: what one wants stands in its answer to GROUP, and what the store holds in the next.
extension ShardMembers {
  private static let pollMicroseconds: UInt64 = 100_000
  private static let callMicroseconds: UInt64 = 1_000_000

  private var name: MetadataName { .group(shard.id.rawValue) }

  /// Tells each member the group, again and again, until the task is cancelled or the shard has gone.
  func run() async {
    await withDiscardingTaskGroup { group in
      for place in callers.indices { group.addTask { await self.tell(place) } }
    }
  }

  private func tell(_ place: Int) async {
    var echo: UInt64 = 0
    while !Task.isCancelled, !state.withLock({ $0.isStopped }) {
      var isUrgent = false
      if callers[place].presence.identity != nil, let reply = await exchange(place, echo) {
        // A member that has just come waits for its first number to come back.
        isUrgent = echo == 0
        echo = 0
        if let wanted = reply.wanted, await change(to: wanted, reply, place) {
          isUrgent = true
        } else if await look() {
          // The store was read after the member had sent this number.
          echo = reply.number
        } else {
          isUrgent = false
        }
        if group == nil { await makeGroup() }
      } else {
        echo = 0
      }
      await surroundings.sleep(isUrgent ? 1000 : Self.pollMicroseconds)
    }
  }

  private func exchange(_ place: Int, _ echo: UInt64) async -> GroupResponse? {
    var request = GroupRequest()
    (request.shard, request.place, request.echo) = (shard.id, UInt8(truncatingIfNeeded: place), echo)
    request.addresses = addresses
    state.withLock { state in
      (request.group, request.revision) = (state.group, state.revision)
      guard let heir = state.heir, state.group?.primary == place else { return }
      request.heir = UInt8(truncatingIfNeeded: heir)
    }
    let outbound = OutboundRequest(
      GroupRequest.opcode, body: request.body, deadline: surroundings.later(Self.callMicroseconds))
    guard let message = try? await callers[place].call(outbound).message,
      let reply = try? GroupResponse(body: message.body)
    else { return nil }
    let now = surroundings.clock.now()
    state.withLock { ($0.seen[place].reply, $0.seen[place].heard) = (reply, now) }
    return reply
  }

  // MARK: The store

  /// Reads what the store holds.
  ///
  /// - Returns: Whether it could be read.
  private func look() async -> Bool {
    guard let value = try? await surroundings.metadata.get(name) else { return group == nil }
    return take(value)
  }

  @discardableResult
  private func take(_ value: MetadataValue) -> Bool {
    var reader = ByteReader(value.bytes)
    guard let group = try? ShardGroup(from: &reader), group.members.count == callers.count else {
      surroundings.log?.limited(
        by: "group \(shard.id.rawValue)", .error, "the store holds a group that does not fit the shard map",
        ["shard": LogValue(shard.id.rawValue)])
      return false
    }
    let isNew = state.withLock { state in
      guard value.revision > state.revision else { return false }
      if state.group?.primary != group.primary { state.heir = nil }
      (state.group, state.revision) = (group, value.revision)
      return true
    }
    if isNew {
      surroundings.log?(
        .info, "a shard's group",
        [
          "shard": LogValue(shard.id.rawValue), "term": LogValue(UInt64(group.term)),
          "primary": .text(addresses[group.primary]), "in_sync": LogValue(UInt64(group.inSync.count)),
        ])
    }
    return true
  }

  /// Makes the change that a member wants, if it may be made.
  ///
  /// - Returns: Whether the store holds something new.
  private func change(to wanted: ShardGroup, _ reply: GroupResponse, _ place: Int) async -> Bool {
    let (group, revision) = state.withLock { ($0.group, $0.revision) }
    guard let group, revision == reply.expected, wanted.mayFollow(group, askedBy: place, node: reply.node) else {
      _ = await look()
      return false
    }
    // The same change however often it is asked for, and by whichever coordinator.
    return await write(wanted, expected: revision, writer: reply.node)
  }

  private func write(_ group: ShardGroup, expected: UInt64?, writer: UInt64) async -> Bool {
    var bytes = ByteWriter()
    group.write(to: &bytes)
    let change = MetadataChange(name, bytes.bytes, expected: expected, writer: writer, number: expected ?? 0)
    do {
      take(try await surroundings.metadata.compareAndSet(change))
      return true
    } catch MetadataError.conflict(let value?) {
      take(value)
      return true
    } catch {
      surroundings.log?.limited(
        by: "group write \(shard.id.rawValue)", .warning, "a shard's group was not written",
        ["shard": LogValue(shard.id.rawValue)])
      return false
    }
  }

  /// Makes the first group of a new shard, once all its members are there and empty: all are in sync.
  private func makeGroup() async {
    let replies = state.withLock { $0.group == nil ? $0.seen.compactMap(\.reply) : [] }
    guard replies.count == callers.count else { return }
    guard replies.allSatisfy({ $0.position == 0 && $0.term == 0 }), Set(replies.map(\.node)).count == replies.count
    else {
      surroundings.log?.limited(
        by: "first group \(shard.id.rawValue)", .error,
        "the members of a new shard hold data: start them again, without it", ["shard": LogValue(shard.id.rawValue)])
      return
    }
    let random = surroundings.random
    let data = Bytes16(low: random.next() | 1, high: random.next()).bytes
    let members = replies.map { ShardGroup.Member(node: $0.node, isInSync: true) }
    guard let group = ShardGroup(term: 1, primary: 0, data: data, members: members) else { return }
    _ = await write(group, expected: nil, writer: random.next())
  }
}
