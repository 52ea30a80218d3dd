import Testing
import Text
import Vocabulary

/// What texts become.
@Suite struct AnalysisTests {
  @Test(arguments: TextVector.all) func textsHaveTheTermsOfTheSpec(_ vector: TextVector) throws {
    let analyser = try TextAnalyser(language: TextLanguage(vector.language))
    let terms = analyser.terms(of: vector.text)
    #expect(terms.map(\.text) == vector.terms.map(\.exact))
    #expect(terms.map(\.surface) == vector.surfaces.map(\.exact))
  }
}
