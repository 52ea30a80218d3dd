import Metadata
import Placement
import Transport
import Vocabulary
import Wire

/// Answers GROUP of a client: how the members of a shard stand, and that another one is to lead them.
struct GroupService: Sendable {
  let fleet: ShardFleet

  private static let pauseMicroseconds: UInt64 = 20_000

  /// Has the primary hand over if an heir is named, and tells the group.
  func step(_ request: GroupRequest, _ inbound: InboundRequest) async throws(WireError) -> GroupResponse {
    guard let peer = fleet.peers.first(where: { $0.id == request.shard }) else {
      throw WireError(.conflict, fieldOffset: 0, message: "the shard map has no such shard")
    }
    guard let members = peer.members else {
      throw WireError(.conflict, fieldOffset: 0, message: "the shard has one member")
    }
    if request.heir != GroupRequest.noHeir { try await promote(Int(request.heir), members, by: inbound.deadline) }
    var response = GroupResponse()
    (response.expected, response.wanted) = members.state.withLock { ($0.revision, $0.group) }
    return response
  }

  private func promote(_ heir: Int, _ members: ShardMembers, by deadline: Instant) async throws(WireError) {
    // A primary that is asked to hand over takes no writes until the store has said so.
    if let council = fleet.surroundings.council {
      if let wentBack = council.wentBack { throw WireError(.metadataWentBack, message: wentBack) }
      if let fault = council.fault { throw .noChair(fault.text) }
    }
    defer { members.promote(nil) }
    while let group = members.group, group.primary != heir {
      guard group.members.indices.contains(heir), group.members[heir].isInSync else {
        throw WireError(.conflict, fieldOffset: 3, message: "that member is not in sync: it cannot lead")
      }
      guard fleet.surroundings.clock.now() < deadline else {
        throw WireError(.deadlineExceeded, message: "the primary has not handed over yet")
      }
      members.promote(heir)
      await fleet.surroundings.sleep(Self.pauseMicroseconds, until: deadline)
    }
  }
}
