import Vocabulary

/// The answer to a request.
package struct AdminResponse: Sendable {
  /// The HTTP status, such as 200.
  package var status: Int
  /// The type of the body, with its charset.
  package var contentType: String
  /// The body; a reply to HEAD has only its length.
  package var body: [UInt8]
  /// Further headers; one of the same name replaces what the server sends by itself (`Cache-Control: no-store`, a
  /// `Content-Security-Policy` that allows nothing).
  package var headers: [String: String]

  /// A response of its parts.
  package init(
    status: Int = 200, contentType: String = "text/plain; charset=utf-8", body: [UInt8], headers: [String: String] = [:]
  ) {
    self.status = status
    self.contentType = contentType
    self.body = body
    self.headers = headers
  }

  /// Plain text for people, such as an error: of what others wrote nothing steers what shows it.
  package static func text(_ text: String, status: Int = 200) -> AdminResponse {
    AdminResponse(status: status, body: Array(text.visibleLines.utf8))
  }

  /// JSON that is written already.
  package static func json(_ text: String, status: Int = 200) -> AdminResponse {
    AdminResponse(status: status, contentType: "application/json; charset=utf-8", body: Array(text.utf8))
  }
}
