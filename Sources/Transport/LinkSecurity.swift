package import Security

/// What a link under TLS knows once its handshake is done.
package struct LinkSecurity: Sendable {
  /// The certificate that the peer has shown.
  package let certificate: Certificate?
  /// What it says the peer is; `nil`: there is none, or one that says nothing of Winnow.
  package let peer: PeerIdentity?
  /// What our own certificate says we are.
  package let own: PeerIdentity?

  /// The SHA-256 of the server's certificate, to which a proof of a key is bound.
  package let endPoint: [UInt8]

  /// What a session knows whose handshake is done.
  package init(_ session: TLSSession) {
    (certificate, peer, own) = (session.peerCertificate, session.peerIdentity, session.ownIdentity)
    endPoint = session.endPoint
  }
}
