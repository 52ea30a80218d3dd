package import Security
import Telemetry

/// TLS for every link of a network: with which credentials, and which name a dialled peer has to have.
package struct NetworkSecurity: Sendable {
  private let credentials: @Sendable () -> Result<TLSCredentials, TLSFault>
  private let expectedName: String?
  private let isHTTP: Bool

  /// Security of a network.
  ///
  /// - Parameters:
  ///   - isHTTP: Whether its links carry HTTP instead of our protocol.
  ///   - expectedName: The name in the certificate of each peer that is dialled; `nil`: the host that is dialled.
  ///   - credentials: Those of now; asked for each link.
  package init(
    expectedName: String? = nil, isHTTP: Bool = false,
    credentials: @escaping @Sendable () -> Result<TLSCredentials, TLSFault>
  ) { (self.credentials, self.expectedName, self.isHTTP) = (credentials, expectedName, isHTTP) }

  /// The time by which certificates are judged, in seconds since 1970.
  package static var seconds: Int64 { Int64(Log.presentMicroseconds() / 1_000_000) }

  /// A session of a link that a peer opened.
  func accepting() throws(TLSFault) -> TLSSession {
    try TLSSession(credentials().get(), isHTTP ? .acceptedHTTP : .accepted, at: Self.seconds)
  }

  /// A session of a link to a host, which begins to speak.
  func dialling(_ host: String) throws(TLSFault) -> TLSSession {
    let session = try TLSSession(
      credentials().get(), isHTTP ? .dialledHTTP : .dialled, host: expectedName ?? host, at: Self.seconds)
    try session.start()
    return session
  }
}
