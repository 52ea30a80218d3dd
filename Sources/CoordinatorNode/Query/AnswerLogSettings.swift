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

  /// Nothing is logged.
  package init() {}
}
