package import Security
import Vocabulary

/// Which callers a server knows, and what each may do.
package protocol AccessRule: Sendable {
  /// What a key gives its holder; `nil`: there is no such key, or it holds no more.
  func grant(ofKey id: String) -> KeyGrant?
  /// What a proof of a key is compared with; of an id that no key has, one that no proof fits.
  func verifier(ofKey id: String) -> KeyVerifier
  /// Hears what became of a caller; called on the caller's event loop, so it does not wait.
  ///
  /// - Parameters:
  ///   - key: The id that the caller has shown or said; `nil`: none.
  ///   - caller: Its program and address.
  func heard(_ event: AccessEvent, ofKey key: String?, from caller: String)
}

extension AccessRule {
  /// A rule that keeps nothing.
  package func heard(_ event: AccessEvent, ofKey key: String?, from caller: String) {}
}

extension AccessRule {
  /// What a caller may do; `nil`: it is not known.
  func grant(of place: PeerIdentity.Place?) -> KeyGrant? {
    switch place {
    case .client(let id): grant(ofKey: id)
    case .coordinator: KeyGrant(roles: .node)
    case .shard: KeyGrant(roles: [])
    case nil: nil
    }
  }
}
