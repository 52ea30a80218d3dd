import Evaluation
import Kernels
import Learning
import Text
import Towers
import Vocabulary

/// Words and texts of a catalogue in memory, and what a text tower makes of them.
struct WordSearch {
  let analyser: TextAnalyser
  let words: WordScores
  let queries: QueryAnalyser
  let corpus: TextCorpus

  init(_ titles: [String], language: String) throws { try self.init(titles.map { [$0] }, language: language) }

  /// - Parameter texts: Of each item the text whose words are searched, then others that the tower reads as well.
  init(_ texts: [[String]], language: String) throws {
    analyser = try TextAnalyser(language: TextLanguage(language))
    var builder = LexiconBuilder(analyser, fields: ["title"])
    for text in texts { builder.add([text[0]]) }
    let lexicon = builder.lexicon()
    corpus = TextCorpus(texts, analyser, rowCount: TextTrainingOptions().rowCount)
    words = WordScores(corpus.terms.map { [$0[0]] }, lexicon: lexicon, fields: [.init()])
    queries = try QueryAnalyser(lexicon: lexicon)
  }

  /// Whether a query has a word of four letters or more that no title has.
  func hasUnknownWord(_ text: String) -> Bool {
    analyser.terms(of: text).contains {
      $0.kind == .word && $0.text.text.unicodeScalars.count >= 4 && words.lexicon.terms.index(of: $0.text) == nil
    }
  }

  /// The best 100 of every query by words alone.
  ///
  /// - Parameter weight: Of ln(1 + events of the item), which is added to L.
  func figures(_ data: SearchData, events weight: Float = 0, _ query: (String) throws -> WordQuery) rethrows
    -> SearchFigures
  {
    var figures = SearchFigures()
    let popular = data.events.map { weight * Float(SignedLog.log1p($0)) }
    for asked in data.queries {
      var scores = words.scores(try query(asked.text)).map { $0 > 0 ? $0 : -.infinity }
      for (item, more) in popular.enumerated() { scores[item] += more }
      for item in asked.hidden { scores[item] = -.infinity }
      figures.add(SearchFigures.best(scores, 100), asked)
    }
    return figures
  }

  /// The catalogue by the tower that a trainer has now.
  func catalogue(_ tower: TextTower, _ settings: SearchSettings) throws -> SearchCatalogue {
    let embeddings = FloatMatrix(rows: corpus.count, columns: settings.embeddingDimension)
    for item in 0..<corpus.count { embeddings.setRow(item, tower.vector(corpus.features[item])) }
    return try SearchCatalogue(words, tower, settings, embeddings: embeddings)
  }
}
