package import Vocabulary

/// One path and method of the server, and who answers it.
package struct AdminRoute: Sendable {
  /// GET (and HEAD) or POST.
  package let method: AdminMethod
  /// All of the path, such as `/livez`.
  package let path: String
  /// Of which a caller needs one; `nil`: it needs none.
  let roles: Roles?
  /// Bytes that a body may have.
  package let bodyBytesMax: Int
  /// Answers on the executor of `AdminServer.run`; several run at once, so it never blocks its thread, and it ends by
  /// itself soon after the request's deadline.
  package let answer: @Sendable (AdminRequest) async -> AdminResponse

  /// A path that is read.
  package static func get(
    _ path: String, for roles: Roles? = .admin, _ answer: @escaping @Sendable (AdminRequest) async -> AdminResponse
  ) -> AdminRoute { AdminRoute(method: .get, path: path, roles: roles, bodyBytesMax: 0, answer: answer) }

  /// A path that takes a body; it has to come with `Content-Length`, and as `application/json`, which a page of another
  /// site cannot send.
  package static func post(
    _ path: String, for roles: Roles? = .admin, bodyBytesMax: Int = 64 << 10,
    _ answer: @escaping @Sendable (AdminRequest) async -> AdminResponse
  ) -> AdminRoute { AdminRoute(method: .post, path: path, roles: roles, bodyBytesMax: bodyBytesMax, answer: answer) }
}
