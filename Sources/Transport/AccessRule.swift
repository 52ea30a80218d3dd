import Security
package import Vocabulary

/// Which callers a server knows, and what each may do.
package protocol AccessRule: Sendable {
  /// The roles of a client by the id of its key; `nil`: there is no such key, or it holds no more.
  func roles(ofKey id: String) -> Roles?
}

extension AccessRule {
  /// The roles of the holder of a certificate; `nil`: it is not known.
  func roles(of peer: PeerIdentity?) -> Roles? {
    switch peer?.place {
    case .client(let id): roles(ofKey: id)
    case .coordinator: .node
    case .shard: []
    case nil: nil
    }
  }
}
