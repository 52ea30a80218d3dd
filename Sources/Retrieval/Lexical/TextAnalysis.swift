/// Cuts a text into terms, in the same way for items and queries.
package protocol TextAnalysis: Sendable {
  /// The terms of a text in the order of the text; a term that stands there twice comes twice.
  func terms(of text: String) -> [String]
}
