package import Text
package import Towers

/// The texts of a catalogue as a text tower reads them.
package struct TextCorpus: Sendable {
  /// The terms of each text of each item.
  package let terms: [[[Term]]]
  package let features: [TextFeatures]
  let analyser: TextAnalyser

  /// - Parameters:
  ///   - texts: Of each item the texts that it has.
  ///   - rowCount: Rows of the tower's table.
  package init(_ texts: [[String]], _ analyser: TextAnalyser, rowCount: Int) {
    terms = texts.map { $0.map(analyser.terms(of:)) }
    features = terms.map { TextFeatures($0, rowCount: rowCount) }
    self.analyser = analyser
  }

  package var count: Int { terms.count }
}
