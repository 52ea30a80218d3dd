import Security

extension NetworkError {
  /// Words for status and logs.
  package var word: String {
    switch self {
    case .badAddress(let address): "bad address \(address)"
    case .refused: "refused"
    case .timedOut: "timed out"
    case .addressInUse: "address in use"
    case .cancelled: "cancelled"
    case .insecure(let fault): fault.text
    case .system(let number): "system error \(number)"
    }
  }
}
