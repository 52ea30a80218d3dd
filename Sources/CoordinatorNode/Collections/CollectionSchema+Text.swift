import Text
import Vocabulary
import Wire

extension CollectionSchema {
  /// Refuses texts that this release cannot make terms of.
  ///
  /// - Parameter place: Where the text settings stood.
  /// - Throws: UNKNOWN_ANALYSIS at the language, or at the version.
  func checkAnalysis(at place: BodyPlace) throws(WireError) {
    guard let text else { return }
    do throws(TextError) { _ = try TextAnalyser(text) } catch {
      let isVersion = if case .otherSettings = error { true } else { false }
      throw WireError(
        .unknownAnalysis, fieldOffset: place.offset.map { $0 + (isVersion ? 1 + text.language.utf8.count : 0) },
        message: isVersion ? error.text : "the language \(error.text)")
    }
  }
}
