package import Text
import Vocabulary

/// What a model knows of a catalogue's words: the lexicon of the generation, and the lists of the shop.
package struct ModelWords: Sendable {
  package let lexicon: Lexicon
  /// Makes terms of queries.
  package let analyser: QueryAnalyser

  /// - Throws: What is wrong with a file; `nil` comes of files without a lexicon.
  init?(_ files: WordFiles) throws(ModelError) {
    guard let bytes = files.lexicon else {
      for (file, list) in [(ModelFile.synonyms, files.synonyms), (.protected, files.protected)] where list != nil {
        throw ModelError(file, "", .unknown, "there is no lexicon.bin beside it: 'winnow text build' makes one")
      }
      return nil
    }
    let lexicon = try Self.naming(.lexicon) { () throws(TextError) in try Lexicon(bytes: bytes) }
    let terms = try Self.naming(.lexicon) { () throws(TextError) in try TextAnalyser(language: lexicon.language) }
    let synonyms = try Self.naming(.synonyms) { () throws(TextError) in
      try Synonyms(text: try TextAnalyser.text(utf8: files.synonyms ?? []), terms)
    }
    let protected = try Self.naming(.protected) { () throws(TextError) in
      try ProtectedWords(text: try TextAnalyser.text(utf8: files.protected ?? []))
    }
    self.lexicon = lexicon
    analyser = try Self.naming(.lexicon) { () throws(TextError) in
      try QueryAnalyser(lexicon: lexicon, synonyms: synonyms, protected: protected)
    }
  }

  private static func naming<Value>(
    _ file: ModelFile, _ body: () throws(TextError) -> Value
  ) throws(ModelError) -> Value {
    do throws(TextError) { return try body() } catch { throw ModelError(file, "", .malformed, error.text) }
  }
}
