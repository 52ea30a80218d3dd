/// Why a call over HTTP has no answer.
enum HTTPFault: Error, Equatable {
  /// No byte of the request was sent.
  case unreachable(String)
  /// The request may have been carried out: the connection ended, or time ran out, before the answer was whole.
  case lost(String)

  /// A sentence for people.
  var text: String {
    switch self {
    case .unreachable(let reason), .lost(let reason): reason
    }
  }
}
