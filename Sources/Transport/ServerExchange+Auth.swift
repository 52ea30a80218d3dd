import Security
package import Vocabulary
import Wire

/// What a caller has to prove a key by, and how late a wrong proof is refused.
struct KeyHandshake: Sendable {
  let transcript: KeyTranscript
  let delayMicroseconds: UInt64

  /// A wrong proof is refused after 250 to 500 ms.
  private static let delayMicrosecondsMin: UInt64 = 250_000

  init(hello: [UInt8], welcome: [UInt8], _ security: LinkSecurity?, noise: UInt64) {
    let endPoint = security?.endPoint ?? KeyTranscript.plainLink
    transcript = KeyTranscript(hello: hello, welcome: welcome, endPoint: endPoint)
    delayMicroseconds = Self.delayMicrosecondsMin + noise % Self.delayMicrosecondsMin
  }
}

extension ServerExchange {
  /// What the server knows of the caller.
  var principal: Principal {
    guard let grant = configuration.access?.grant(of: place) else { return .unnamed }
    return Principal(key: place?.keyID, scope: grant.scope, quota: grant.quota)
  }

  /// Whether a caller has to prove a key: the server knows its callers, and no certificate says who this one is.
  var needsProof: Bool { configuration.access != nil && security?.peer == nil }

  var isRefusing: Bool {
    if case .refusing = stage { true } else { false }
  }

  /// Why a caller is refused before it can prove a key; `nil`: it may go on. Nodes show a certificate.
  func callerRefusal(_ role: NodeRole) -> WireError? {
    guard let access = configuration.access else { return nil }
    if needsProof { return role == .client ? nil : WireError(.authRequired) }
    return access.grant(of: place) == nil ? WireError(.authFailed) : nil
  }

  /// Answers AUTH: a right proof at once, a wrong one late.
  mutating func prove(_ auth: Auth, at now: Instant) {
    guard let access = configuration.access, let handshake = keyHandshake else { return }
    keyHandshake = nil
    let verifier = access.verifier(ofKey: auth.keyID)
    let isRight = verifier.accepts(auth.proof, of: handshake.transcript)
    // Looked up for wrong proofs too, so that the time says nothing about the id.
    let grant = access.grant(ofKey: auth.keyID)
    guard isRight, let grant else { return refuseProof(of: auth.keyID, after: handshake.delayMicroseconds, at: now) }
    place = .client(auth.keyID)
    if let refusal = keyRefusal() { return fail(refusal, at: now) }
    let answer = AuthOK(
      roles: grant.roles, expires: grant.expires, answer: verifier.answer(to: handshake.transcript))
    send(.authOK, answer.body)
    becomeReady()
  }

  /// Counts the connection for the caller's key, if it has one; `nil`: the key may hold it.
  mutating func keyRefusal() -> WireError? {
    guard let key = place?.keyID else { return nil }
    let (holder, most) = (CallerID(ofKey: key), configuration.access?.grant(ofKey: key)?.quota.connections)
    guard keyConnections.take(holder, most: most) else {
      tell(.refused(.quota), ofKey: key)
      return WireError(
        .quota, retryAfterMilliseconds: 1000, message: "the key has as many connections as it may hold: \(most ?? 0)")
    }
    keyCaller = holder
    return nil
  }

  private mutating func refuseProof(of key: String, after microseconds: UInt64, at now: Instant) {
    let isRare = failures.note(peerAddress, at: now)
    tell(.refused(isRare ? .authFailed : .authRateLimited), ofKey: key)
    guard isRare else { return fail(WireError(.authRateLimited), at: now) }
    stage = .refusing(WireError(.authFailed), at: now.advanced(microseconds: microseconds))
    actions.append(.pauseReading)
  }

  /// Tells the rule of access what became of the caller.
  func tell(_ event: AccessEvent, ofKey key: String?) {
    configuration.access?.heard(event, ofKey: key, from: callerName)
  }

  /// The keys have changed: a caller whose key holds no more is told so.
  package mutating func accessChanged(at now: Instant) {
    guard isReady, let access = configuration.access, access.grant(of: place) == nil else { return }
    tell(.refused(.authFailed), ofKey: place?.keyID)
    fail(WireError(.authFailed), at: now)
  }
}

extension PeerIdentity.Place {
  /// The id of a client's key.
  var keyID: String? {
    if case .client(let id) = self { id } else { nil }
  }
}

extension NodeIdentity {
  /// What a server says of itself before it knows who asks.
  var asStrangersSeeIt: NodeIdentity {
    NodeIdentity(role: role, clusterID: clusterID, program: "winnowd")
  }
}
