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
