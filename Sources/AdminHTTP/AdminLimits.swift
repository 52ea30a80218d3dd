/// Limits of a server's work for its clients.
package struct AdminLimits: Sendable {
  /// Connections at one time, a thread each; further ones are closed at once.
  package var connectionsMax = 64
  /// A connection that neither sends nor takes anything for so long is closed.
  package var silenceSecondsMax = 10
  /// Limit of the head of a request.
  package var headBytesMax = 32 << 10
  /// So long a client waits for an answer before it gets 504.
  package var answerMicrosecondsMax: UInt64 = 10_000_000
  /// Arguments behind the question mark that are read.
  package var argumentsMax = 64
  /// So long the end waits for answers to be taken.
  package var endMicrosecondsMax: UInt64 = 2_000_000

  /// The defaults.
  package init() {}
}
