import Vocabulary

/// Which answers are logged, and how much of the disk that may take.
package struct AnswerLogSettings: Sendable {
  /// Bytes of all files; 0: nothing is logged.
  package var bytesMax = 0
  /// The share of answers that are logged, 0…1.
  package var rate = 1.0
  /// The share of these that are logged with what the network read, 0…1.
  package var inputRate = 0.01
  /// The share of logged first pages in which two neighbours are exchanged, 0…1, to learn what places do to clicks.
  package var exchangeRate = 0.0

  private static let answerStream: UInt64 = 0x616E_7377_6572

  /// Nothing is logged.
  package init() {}

  /// Whether the answer to a request is logged: by the request's id, so that a resend is logged again or not at all.
  package func takes(_ requestID: UInt64) -> Bool {
    bytesMax > 0 && Self.draw(requestID, Self.answerStream) < rate
  }

  /// A number of 0..<1 that a request's id draws from a stream.
  static func draw(_ requestID: UInt64, _ stream: UInt64) -> Double {
    Double(SplitMix64.mixed(requestID &+ SplitMix64.mixed(stream)) >> 11) * 0x1p-53
  }
}
