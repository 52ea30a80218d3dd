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
      if state.isStored { (request.group, request.revision) = (state.group, state.revision) }
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
    // Of a store that went back nothing is taken until an admin has looked.
    guard surroundings.council?.wentBack == nil else {
      takeLast()
      return false
    }
    // Members write a term only after the store has it.
    let term = replies.compactMap { $0?.term }.max() ?? 0
    let value: MetadataValue?
    do throws(MetadataError) { value = try await surroundings.metadata.get(name) } catch {
      if case .wentBack = error { surroundings.council?.note(wentBack: error.text) }
      takeLast()
      return false
    }
    guard let value else { return group == nil }
    guard await !isOlder(value, than: term) else { return false }
    if take(value) { return true }
    await fit(value)
    return false
  }

  /// After a start without a store that counts, the group that it had last tells which members to ask: they know
  /// themselves whether they may answer.
  private func takeLast() {
    if group == nil, let last = surroundings.seat?.store.remembered?[name] { take(last) }
  }

  /// Makes the store's group one for the addresses that the map has now.
  private func fit(_ value: MetadataValue) async {
    var reader = ByteReader(value.bytes)
    guard let stored = try? ShardGroup(from: &reader), let group = fitted(stored) else {
      surroundings.log?.limited(
        by: "group \(shard.id.rawValue)", .warning, "the store's group of a shard does not fit the shard map yet",
        ["shard": LogValue(shard.id.rawValue)])
      return
    }
    _ = await write(group, expected: value.revision, writer: surroundings.random.next())
  }

  /// A group for the addresses of the map; `nil`: it is not known yet where each member in sync is.
  private func fitted(_ stored: ShardGroup) -> ShardGroup? {
    let nodes = state.withLock { $0.seen.map { $0.reply?.node } }
    var places = nodes.map { node in stored.members.firstIndex { $0.node == node } }
    let unknown = nodes.indices.filter { nodes[$0] == nil }
    let rest = stored.members.indices.filter { !places.contains($0) }
    // Members that are away keep what the store has of them; those in sync first, where there are fewer addresses.
    let sorted = rest.count <= unknown.count ? rest : rest.filter { stored.members[$0].isInSync }
    for (place, known) in zip(unknown, sorted) { places[place] = known }
    // One in sync that has no address was removed, once it is certain that it is at none of them.
    guard unknown.isEmpty || stored.inSync.allSatisfy(places.contains) else { return nil }
    return stored.placed(places)
  }

  @discardableResult
  private func take(_ value: MetadataValue) -> Bool {
    var reader = ByteReader(value.bytes)
    guard let group = try? ShardGroup(from: &reader), group.members.count == callers.count else { return false }
    let isNew = state.withLock { state in
      // What is left of a group for other addresses has its revision.
      let isLaterTerm = state.group.map { group.term > $0.term } ?? true
      guard isLaterTerm || value.revision > state.revision || !state.isStored else { return false }
      state.isStored = true
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
    guard surroundings.council?.wentBack == nil else { return false }
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

  // MARK: A store that went back

  /// Whether members know a later term than the store: it went back.
  private func isOlder(_ value: MetadataValue, than term: UInt32) async -> Bool {
    var reader = ByteReader(value.bytes)
    guard let group = try? ShardGroup(from: &reader), group.term < term else { return false }
    let reason = "a member of shard \(shard.id.rawValue) is in term \(term), and the store has term \(group.term)"
    surroundings.log?.limited(
      by: "term \(shard.id.rawValue)", .error, "the store of a shard's group is older than its members",
      ["reason": .text(reason)])
    if let council = surroundings.council {
      council.note(wentBack: reason)
    } else {
      // The only coordinator, with an older directory: the members know better.
      do throws(WireError) { try await restoreGroup(leavingOut: 1) } catch {}
    }
    return true
  }

  /// Writes the group over that of a store that went back, in a term beyond all that may be lost.
  ///
  /// - Throws: METADATA_UNAVAILABLE.
  func restoreGroup(leavingOut count: UInt32) async throws(WireError) {
    let found: MetadataValue?
    do throws(MetadataError) { found = try await surroundings.metadata.get(name) } catch {
      throw WireError(.metadataUnavailable, message: error.text)
    }
    var stored: ShardGroup?
    if let found {
      var reader = ByteReader(found.bytes)
      stored = try? ShardGroup(from: &reader)
      if let group = stored, group.members.count != callers.count { stored = fitted(group) }
    }
    let known = group
    let (latest, replies) = (known.map { stored?.term ?? 0 > $0.term } ?? true ? stored : known, replies)
    guard let latest else { return }
    let term = max(latest.term, replies.compactMap { $0?.term }.max() ?? 0)
    var (primary, inSync) = (latest.primary, latest.inSync)
    if term > latest.term {
      // Who was in sync is not known any more: the one with the longest history has all that was acknowledged.
      let histories = replies.enumerated().compactMap { place, reply in
        reply.map { (term: $0.term, position: $0.position, place: place) }
      }
      guard histories.count == callers.count,
        let longest = histories.max(by: { ($0.term, $0.position) < ($1.term, $1.position) })
      else {
        throw WireError(
          .noReplica, shard: UInt32(shard.id.rawValue), retryAfterMilliseconds: 1000,
          message: "shard \(shard.id.rawValue): every member has to answer, to tell which one has everything")
      }
      (primary, inSync) = (longest.place, [longest.place])
    }
    let group = latest.leaping(to: term &+ count, primary: primary, inSync: inSync)
    guard await write(group, expected: found?.revision, writer: surroundings.random.next()) else {
      throw WireError(.metadataUnavailable, message: "the group of shard \(shard.id.rawValue) was not written")
    }
  }

  /// What each member said last, as long as it is there.
  private var replies: [GroupResponse?] {
    let isConnected = callers.map { $0.presence.identity != nil }
    return state.withLock { state in zip(state.seen, isConnected).map { $1 ? $0.reply : nil } }
  }

  // MARK: The first group

  /// Makes the first group of a shard, once all its members are there: all that are empty are in sync, or the first one
  /// alone, if it has been the only one.
  private func makeGroup() async {
    let replies = state.withLock { $0.group == nil ? $0.seen.compactMap(\.reply) : [] }
    guard replies.count == callers.count, surroundings.council?.wentBack == nil else { return }
    let isEmpty = replies.map { $0.position == 0 && $0.term == 0 }
    let wasAlone = !isEmpty[0] && replies[0].term == 0 && isEmpty.dropFirst().allSatisfy(\.self)
    guard isEmpty[0] || wasAlone, isEmpty.dropFirst().allSatisfy(\.self),
      Set(replies.map(\.node)).count == replies.count
    else {
      surroundings.log?.limited(
        by: "first group \(shard.id.rawValue)", .error,
        "the members of a new shard hold data: start them again, without it", ["shard": LogValue(shard.id.rawValue)])
      return
    }
    let random = surroundings.random
    var data = Bytes16(low: random.next() | 1, high: random.next()).bytes
    if wasAlone {
      // What it is complete for stays so.
      guard let incarnation = callers[0].presence.identity?.incarnation else { return }
      data = incarnation.bytes
    }
    let members = replies.enumerated().map { place, reply in
      ShardGroup.Member(node: reply.node, isInSync: !wasAlone || place == 0)
    }
    guard let group = ShardGroup(term: 1, primary: 0, data: data, members: members) else { return }
    _ = await write(group, expected: nil, writer: random.next())
  }
}
