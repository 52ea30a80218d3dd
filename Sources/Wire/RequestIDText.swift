extension UInt64 {
  /// A request id as logs and answers show it: 16 digits, so that it is found by a search for text.
  package var hexadecimal: String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
