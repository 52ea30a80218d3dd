package import Vocabulary

/// The method of a request.
package enum AdminMethod: String, Sendable {
  /// Read; HEAD is answered by the same route.
  case get = "GET"
  /// Ask something that needs a body.
  case post = "POST"
}

/// A request that has arrived in full and passed the checks of the server.
package struct AdminRequest: Sendable {
  /// That of its route.
  package let method: AdminMethod
  /// Decoded, without what stands behind the question mark; one of the routes'.
  package let path: String
  /// The arguments behind the question mark, decoded; of a name that stands twice the first counts.
  package let arguments: [String: String]
  /// Empty for GET.
  package let body: [UInt8]
  /// The latest instant at which an answer is of use: then the client gets 504.
  package let deadline: Instant
  /// Whether the port knows who asks, or does not ask for that.
  package let isOfKnown: Bool

  /// A request of its parts.
  package init(
    method: AdminMethod = .get, path: String, arguments: [String: String] = [:], body: [UInt8] = [], deadline: Instant,
    isOfKnown: Bool = true
  ) {
    self.method = method
    self.path = path
    self.arguments = arguments
    self.body = body
    self.deadline = deadline
    self.isOfKnown = isOfKnown
  }
}
