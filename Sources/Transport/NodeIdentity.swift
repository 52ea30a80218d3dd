package import Vocabulary
package import Wire

/// The identity of a node in HELLO and WELCOME.
package struct NodeIdentity: Sendable {
  package var role: NodeRole
  /// Zero: belongs to no cluster yet, or does not know.
  package var clusterID: Bytes16
  /// New and random whenever the node starts without the data it had; zero for clients.
  package var incarnation: Bytes16
  /// 0 if the node has no shard map.
  package var epoch: Epoch
  /// Name and version of the program: at most 64 bytes of printable ASCII.
  package var program: String
  /// Of a coordinator: its number among those of its cluster, the newest has the greatest. Of a shard: the greatest that
  /// it has taken. 0: none.
  package var claim: UInt64 = 0
  /// The last durable record of a shard's log, if it has one.
  package var position: UInt64?
  /// Of the WELCOME that said all this: each connection has another one.
  package var nonce: [UInt8] = []

  /// A node's identity.
  package init(
    role: NodeRole, clusterID: Bytes16 = .zero, incarnation: Bytes16 = .zero, epoch: Epoch = Epoch(0),
    program: String = "winnow"
  ) {
    self.role = role
    self.clusterID = clusterID
    self.incarnation = incarnation
    self.epoch = epoch
    self.program = program
  }
}

extension NodeIdentity {
  /// What a server says of itself.
  package init(_ welcome: Welcome) {
    self.init(
      role: welcome.role, clusterID: welcome.clusterID, incarnation: welcome.incarnation, epoch: Epoch(welcome.epoch),
      program: welcome.program)
    let claimed = welcome.features.claimed
    (claim, position, nonce) = (claimed?.claim ?? 0, claimed?.position, welcome.nonce)
  }
}
