import Security
import Wire

extension LinkSecurity {
  /// Why a server does not take a peer whose HELLO says a role; `nil`: it may go on.
  ///
  /// A role has to be the one of the certificate, and nothing but a coordinator of its own cluster speaks to a shard.
  func refusal(of role: NodeRole, at server: NodeIdentity) -> ErrorCode? {
    guard isOfCluster(server) else { return .wrongCluster }
    return switch (role, peer?.place) {
    case (.coordinator, .coordinator): nil
    case (.shard, .shard), (.client, nil), (.client, .client): server.role == .shard ? .certRequired : nil
    default: .certRequired
    }
  }

  /// Why a client does not take the server that it has reached; `nil`: it may go on.
  ///
  /// - Parameter role: The client's own. Nodes need a server of their cluster; a client needs its authorities' word.
  func refusal(ofServer server: NodeIdentity, by role: NodeRole) -> ErrorCode? {
    guard let peer else { return role == .client ? nil : .certRequired }
    guard isOfCluster(server) else { return .wrongCluster }
    return peer.place == (server.role == .shard ? .shard : .coordinator) ? nil : .certRequired
  }

  /// Whether the peer's cluster is our own, and the one that the server says.
  private func isOfCluster(_ server: NodeIdentity) -> Bool {
    guard let peer else { return true }
    if let own, own.cluster != peer.cluster { return false }
    return server.clusterID == .zero || server.clusterID.bytes == peer.cluster
  }
}
