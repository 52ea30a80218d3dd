package import Text
package import Vocabulary

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

  /// Compares with the collection that the model is for; one that is not searched by words takes any lexicon.
  ///
  /// - Throws: What differs.
  package func check(against schema: CollectionSchema) throws(ModelError) {
    guard let settings = schema.text else { return }
    guard settings.language.exact == lexicon.language.name.exact else {
      throw ModelError(
        .lexicon, "language", .wrongType,
        "the lexicon is of language \(lexicon.language.name), and the collection's text settings of "
          + "\(settings.language): build it again with 'winnow text build --language \(settings.language)'")
    }
    guard settings.analysisVersion == TextAnalyser.version else {
      throw ModelError(
        .lexicon, "analysis version", .wrongType,
        "the lexicon is of analysis version \(TextAnalyser.version), and the collection's text settings of "
          + "\(settings.analysisVersion): make the collection again, or build the lexicon with a program that has it")
    }
  }

  private static func naming<Value>(
    _ file: ModelFile, _ body: () throws(TextError) -> Value
  ) throws(ModelError) -> Value {
    do throws(TextError) { return try body() } catch { throw ModelError(file, "", .malformed, error.text) }
  }
}
