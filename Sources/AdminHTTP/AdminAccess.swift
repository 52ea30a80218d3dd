package import Transport
package import Vocabulary

/// Who may ask for what at the port.
package protocol AdminAccess: Sendable {
  /// What a caller may do.
  ///
  /// - Parameters:
  ///   - link: Of its connection under TLS; `nil`: that is plain.
  ///   - authorization: The header of its request; `nil`: there is none.
  func standing(of link: (any ByteLink)?, authorization: String?) -> AdminStanding
}

/// What a port knows of the caller of a request.
package enum AdminStanding: Hashable, Sendable {
  /// It may do what these roles may.
  case known(Roles)
  /// It has not said who it is, or not rightly: a browser asks its person.
  case unknown
  /// It was wrong too often of late.
  case tooOften
}

extension AdminStanding {
  /// Why a route is refused that is for some roles, or for everyone (`nil`); `nil`: it is not.
  func refusal(for roles: Roles?) -> AdminResponse? {
    guard let roles else { return nil }
    switch self {
    case .known(let own) where !own.isDisjoint(with: roles): return nil
    case .known: return .text("This key has not the right for that.\n", status: 403)
    case .tooOften: return .text("Too many wrong keys came from this address.\n", status: 429)
    case .unknown:
      var response = AdminResponse.text("This page needs a key, or a client's certificate.\n", status: 401)
      response.headers["WWW-Authenticate"] = "Basic realm=\"winnow\", charset=\"UTF-8\""
      return response
    }
  }
}
