package import Security
package import Wire

/// Why a connection ended.
package enum CloseReason: Error, Hashable, Sendable {
  /// The peer ended it and nothing was left to do.
  case peerFinished
  /// It opened and ended without a byte.
  case empty
  /// Another protocol's bytes came first.
  case misdirected(Misdirection)
  /// The peer broke a rule, and was told this.
  case failed(WireError)
  /// The peer said that we broke a rule.
  case refused(WireError)
  /// The peer did not speak in time; it was told nothing, since it may speak another protocol.
  case silent
  /// The peer answers no PING, or owes answers for too long.
  case unresponsive
  /// The peer does not read what we send.
  case slowReader
  /// The server drained.
  case drained
  /// Our side closed it.
  case closed
  /// The system reports a reset, a time-out or another error, by errno.
  case link(Int32)
  /// The server asks for a key, and we have none.
  case keyless
  /// The server asks for the proof of our key, and cannot prove that it knows the key.
  case impostor
  /// TLS could not go on.
  case insecure(TLSFault)

  /// A word for logs and metrics.
  package var word: String {
    switch self {
    case .peerFinished: "peer finished"
    case .empty: "empty"
    case .misdirected: "misdirected"
    case .failed(let error): error.code.name
    case .refused(let error): "refused with \(error.code.name)"
    case .silent: "silent"
    case .unresponsive: "unresponsive"
    case .slowReader: "slow reader"
    case .drained: "drained"
    case .closed: "closed"
    case .link(let number): "link error \(number)"
    case .keyless: "the node asks for a key"
    case .impostor: "the node asks for a key and does not know it: another cluster's, or it plays the node"
    case .insecure(let fault): fault.text
    }
  }
}

extension CloseReason {
  /// What the connection lacked to be let in, as an error of the registry; `nil`: it ended for another reason.
  var accessRefusal: WireError? {
    switch self {
    case .refused(let error), .failed(let error): error.code.rawValue >> 8 == 0x20 ? error : nil
    case .keyless: WireError(.authRequired, message: word)
    case .impostor: WireError(.authFailed, message: word)
    case .insecure(.refused): WireError(.certRequired, message: word)
    default: nil
    }
  }

  /// The reason that an end of the link means.
  init(_ end: LinkEnd) {
    self =
      switch end {
      case .peerFinished: .peerFinished
      case .closed: .closed
      case .failed(let number): .link(number)
      case .insecure(let fault): .insecure(fault)
      }
  }
}
