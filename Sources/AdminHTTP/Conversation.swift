import CMicroHTTPD
import Vocabulary

/// One request as its connection's thread reads it; no other thread touches it.
final class Conversation {
  private let desk: AdminDesk
  private let head: RequestHead
  private let route: Result<AdminRoute, Refusal>
  private let isOfKnown: Bool
  private let arguments: [String: String]
  private var body: [UInt8] = []

  init(_ desk: AdminDesk, _ head: RequestHead, arguments: [String: String]) {
    self.desk = desk
    self.head = head
    self.arguments = arguments
    let standing = desk.standing(of: head)
    if case .known? = standing { isOfKnown = true } else { isOfKnown = standing == nil }
    route = desk.route(head, standing)
    desk.opened()
  }

  deinit { desk.ended() }

  /// The answer to the head alone, if the server refuses it.
  var refusal: AdminResponse? { if case .failure(let refusal) = route { refusal.response } else { nil } }

  /// Takes a part of the body; no more comes than its head has announced.
  func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    // SAFETY: the library's buffer holds for the call.
    unsafe body.append(contentsOf: bytes)
  }

  /// Blocks until the request, of which all is here, is answered.
  func answer() -> AdminResponse {
    switch route {
    case .failure(let refusal): return refusal.response
    case .success(let route):
      let deadline = desk.clock.now().advanced(microseconds: desk.limits.answerMicrosecondsMax)
      return desk.answer(
        AdminRequest(
          method: route.method, path: head.path, arguments: arguments, body: body, deadline: deadline,
          isOfKnown: isOfKnown), route)
    }
  }
}
