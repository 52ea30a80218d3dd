package import DataSets
import Evaluation
package import Kernels
import Names
package import Ranking
package import Text
package import Towers
import Vocabulary

/// Fits search by words to a data set: the text tower, and how much words, texts and shopper count.
package final class TextFit {
  /// What is fitted, and by what.
  package struct Options: Sendable {
    /// Attributes of items with words.
    package var fields: [String]
    package var language: TextLanguage
    package var training = TextTrainingOptions()

    package init(fields: [String], language: TextLanguage) { (self.fields, self.language) = (fields, language) }
  }

  /// One finished pass.
  package struct Pass: Sendable, Equatable {
    /// From 1.
    package let number: Int
    package let of: Int
    package let loss: Double
    /// NDCG@10 of words and texts for the searches held out; `nil` if there are none.
    package let validation: Double?
  }

  /// Searches by which weights are fitted and chosen, at most; and by which passes are.
  private static let casesMax = 3000, passCasesMax = 300
  /// Scores of items that are computed for the choice of weights, at most.
  private static let scoresMax = 60_000_000
  private static let patience = 2

  package let trainer: TextTrainer
  private let options: Options
  let data: DataSet
  private let parts: FitParts
  private let corpus: TextCorpus
  private let words: WordScores
  private let queries: QueryAnalyser
  /// Searches held out: typed ones, or words of the items held out where the log has no searches.
  let cases: [SearchTest.Held]
  let isTyped: Bool
  /// What a model that is trained further keeps: its weights and its order of candidates, which were fitted to more searches
  /// than a newer log has; `nil`: both are fitted.
  let kept: SearchSettings?
  /// Of the passes so far.
  private var best: (validation: Double, tower: TextTower)?
  private var sinceBest = 0

  /// - Parameters:
  ///   - judgements: What people said of items for queries; `nil`: nothing.
  ///   - start: What a model that is trained further has learned; the tower then has its sizes.
  /// - Throws: For a language that there is not, or fields that items do not have.
  package init(
    _ data: DataSet, _ parts: FitParts, judgements: Judgements? = nil, _ options: Options,
    from start: TextStart? = nil
  ) throws(TextError) {
    var options = options
    if let start {
      (options.training.dimension, options.training.rowCount) = (start.settings.dimension, start.settings.rowCount)
    }
    (self.data, self.parts, self.options) = (data, parts, options)
    kept = start?.settings
    let analyser = try TextAnalyser(language: options.language)
    let texts = Self.texts(data.catalogue, options.fields)
    var builder = LexiconBuilder(analyser, fields: options.fields)
    for item in texts { builder.add(item) }
    corpus = TextCorpus(texts.map { $0.map { $0 ?? "" } }, analyser, rowCount: options.training.rowCount)
    words = WordScores(
      corpus.terms, lexicon: builder.lexicon(), fields: options.fields.map { _ in WordScores.Field() })
    queries = try QueryAnalyser(lexicon: words.lexicon)
    trainer = TextTrainer(
      corpus, pairs: Self.pairs(data, parts, judgements, analyser), options.training, from: start)
    (cases, isTyped) = Self.cases(data, parts, corpus, seed: options.training.seed)
  }

  /// The texts of each item, in the order of the fields.
  package static func texts(_ catalogue: AttributeColumns, _ fields: [String]) -> [[String?]] {
    let columns = fields.map { name in
      catalogue.definitions.firstIndex { $0.name.exact == name.exact }.map { catalogue.columns[$0] }
    }
    return catalogue.ids.indices.map { item in columns.map { $0?[item]?.textOfWords } }
  }

  // MARK: What there is to learn from

  private static func pairs(
    _ data: DataSet, _ parts: FitParts, _ judgements: Judgements?, _ analyser: TextAnalyser
  ) -> [TextPair] {
    let log = data.interactions
    var made: [Int: [Term]] = [:]
    func terms(_ query: Int) -> [Term] {
      if let known = made[query] { return known }
      let new = analyser.terms(of: data.searches.queries.names[query])
      made[query] = new
      return new
    }
    let most = max(log.weights.reduce(0) { max($0, $1) }, .leastNormalMagnitude)
    var pairs: [TextPair] = []
    for event in 0..<log.count where !parts.isValidation[event] && log.weights[event] > 0 {
      guard let query = data.searches.query(of: event) else { continue }
      pairs.append(TextPair(query: terms(query), item: log.items[event], weight: log.weights[event] / most))
    }
    guard let judgements else { return pairs }
    var bad: [Int: [UInt32]] = [:]
    let scale = judgements.scale
    for row in judgements.rows where scale.isBad(row.relevance) { bad[row.query, default: []].append(row.item) }
    for row in judgements.rows where scale.isGood(row.relevance) {
      pairs.append(
        TextPair(
          query: analyser.terms(of: judgements.queries.names[row.query]), item: row.item,
          weight: max(scale.share(row.relevance), 0.1), bad: bad[row.query] ?? []))
    }
    return pairs
  }

  private static func cases(
    _ data: DataSet, _ parts: FitParts, _ corpus: TextCorpus, seed: UInt64
  ) -> ([SearchTest.Held], isTyped: Bool) {
    let known = Histories(parts.known)
    let log = data.interactions
    var held = (0..<log.count).filter { parts.isValidation[$0] }
    let typed = held.filter { data.searches.query(of: $0) != nil }
    if !typed.isEmpty { held = typed }
    var random = SplitMix64(seed: CounterRandom(seed: seed, stream: 0x5005).bits(0))
    for place in stride(from: held.count - 1, to: 0, by: -1) { held.swapAt(place, random.below(place + 1)) }
    let cases = held.prefix(casesMax).compactMap { event -> SearchTest.Held? in
      let (user, item) = (Int(log.users[event]), Int(log.items[event]))
      guard let text = data.searches.text(of: event) ?? drawn(corpus.terms[item], &random) else { return nil }
      let history = Array(known[user])
      return SearchTest.Held(
        event: event,
        asked: SearchCase(
          text: text, gains: [item: 1], good: [item], hidden: Set(history.map(Int.init)).subtracting([item]),
          user: user, history: history))
    }
    return (cases, !typed.isEmpty)
  }

  /// One or two words of an item, for a log without searches.
  private static func drawn(_ texts: [[Term]], _ random: inout SplitMix64) -> String? {
    let terms = texts.joined().filter { $0.kind == .word || $0.kind == .number || $0.kind == .pair }
    guard !terms.isEmpty else { return nil }
    return (0..<1 + random.below(2)).map { _ in terms[random.below(terms.count)].surface.text }.joined(separator: " ")
  }

  // MARK: The tower

  /// Goes through the passes that are left, and stops early where searches held out get no better. A tower that is trained
  /// further stays what it was where no pass is better.
  ///
  /// - Parameter onPass: Told of every finished pass, when a checkpoint of it can be taken.
  /// - Returns: Whether it came to its end.
  package func train(onPass: (Pass) -> Void, shouldStop: () -> Bool = { false }) throws(TextError) -> Bool {
    if kept != nil, isTyped, best == nil { best = (try ndcg(trainer.tower), trainer.copy) }
    while trainer.epoch < trainer.epochs {
      guard let loss = trainer.runEpoch(shouldStop: shouldStop) else { return false }
      let validation = isTyped ? try ndcg(trainer.tower) : nil
      if let validation {
        sinceBest += 1
        if validation > best?.validation ?? -1 {
          best = (validation, trainer.copy)
          sinceBest = 0
        }
      }
      onPass(Pass(number: trainer.epoch, of: trainer.epochs, loss: loss, validation: validation))
      if sinceBest >= Self.patience, trainer.epoch > trainer.options.titlePasses { break }
    }
    return true
  }

  /// The tower to use: that of the best pass, or the last.
  package var tower: TextTower { best?.tower ?? trainer.tower }

  /// NDCG@10 of L + D / 2 over some of the searches held out.
  private func ndcg(_ tower: TextTower) throws(TextError) -> Double {
    let settings = SearchSettings(dimension: tower.dimension, rowCount: options.training.rowCount)
    let catalogue = try SearchCatalogue(words, tower, settings, embeddings: vectors(tower))
    var figures = SearchFigures()
    for asked in cases.prefix(Self.passCasesMax).map(\.asked) {
      let parts = try catalogue.parts(asked, try queries.query(asked.text), user: [])
      figures.add(SearchFigures.best(parts.scores(settings), 10), asked)
    }
    return figures.ndcg.reduce(0, +) / Double(max(figures.ndcg.count, 1))
  }

  private func vectors(_ tower: TextTower) -> FloatMatrix {
    let vectors = FloatMatrix(rows: corpus.count, columns: tower.dimension)
    for item in 0..<corpus.count { vectors.setRow(item, tower.vector(corpus.features[item])) }
    return vectors
  }

  /// What a later run needs to go on behind the last finished pass, as a safetensors file.
  package func checkpoint() throws(ModelError) -> [UInt8] {
    var writer = SafetensorsWriter()
    try writer.add(trainer.checkpoint(), of: .checkpoint, prefix: "trainer.")
    writer.add("best", [UInt64(sinceBest), (best?.validation ?? -1).bitPattern])
    if let table = best?.tower.table {
      writer.add("table", TrainedModel.values(table), shape: [table.rowCapacity, table.columns])
    }
    return writer.file()
  }

  /// Takes over a checkpoint of a run with the same data and options.
  package func resume(_ checkpoint: [UInt8]) throws(ModelError) {
    let file = try SafetensorsFile(checkpoint, as: .checkpoint)
    let state = try file.ids("best")
    guard state.count == 2, let since = Int(exactly: state[0]) else {
      throw ModelError(.checkpoint, "best", .malformed, "not two numbers")
    }
    var best: (validation: Double, tower: TextTower)?
    if file["table"] != nil {
      let table = FloatMatrix(rows: trainer.table.rowCapacity, columns: trainer.table.columns)
      let values = try file.floats("table", shape: [table.rowCapacity, table.columns])
      for row in 0..<table.rowCapacity {
        table.setRow(row, values[row * table.columns..<(row + 1) * table.columns])
      }
      best = (Double(bitPattern: state[1]), TextTower(table))
    }
    try trainer.resume(file.part("trainer."))
    (self.best, sinceBest) = (best, since)
  }

  /// What `training.json` says of it.
  package func record(_ weights: Weights) -> SearchRecord {
    SearchRecord(passes: trainer.epoch, ndcg: weights.withShopper, ndcgAlone: weights.alone, typed: isTyped)
  }

  // MARK: The weights

  /// What was chosen, and how good it is on the searches held out for the choice.
  package struct Weights: Sendable {
    package let settings: SearchSettings
    /// NDCG@10 with the shopper and without; `nil` where nothing was held out.
    package let withShopper, alone: Double?
  }

  /// The weights that rank the whole catalogue best, of those of a shop without a log and of fits without and with the
  /// gate; or those of the model that is trained further.
  ///
  /// - Parameter judged: The tower of behaviour that does not know the searches held out.
  package func weights(_ judged: RetrievalTower) throws(TextError) -> Weights {
    let tower = tower
    let start =
      kept
      ?? SearchSettings(
        dimension: tower.dimension, rowCount: options.training.rowCount, behaviour: judged.embeddings.columns)
    let most = max(100, min(Self.casesMax, Self.scoresMax / max(corpus.count, 1) / 6))
    let cases = cases.prefix(most).map(\.asked)
    guard cases.count >= 20 else { return Weights(settings: start, withShopper: nil, alone: nil) }
    let texts = texts(judged.embeddings, parts.known, settings: start)
    let catalogue = try SearchCatalogue(words, tower, start, embeddings: texts.embeddings(judged.embeddings))
    func found(_ asked: SearchCase) throws(TextError) -> SearchParts {
      let user = asked.user.map { judged.queries.row($0) } ?? [Float](repeating: 0, count: start.behaviour)
      return try catalogue.parts(asked, try queries.query(asked.text), user: user)
    }
    // Two thirds of the searches fit, the others choose; where nothing is fitted, all of them judge.
    let half = kept == nil ? cases.count * 2 / 3 : 0
    var events: [SearchFit.Event] = []
    for (number, asked) in cases.prefix(half).enumerated() {
      guard let wanted = asked.good.first else { continue }
      events.append(.init(try found(asked), wanted: wanted, number: number, seed: options.training.seed))
    }
    let fit = SearchFit(events)
    let tried = kept == nil ? [start, fit.fitted(start), fit.fitted(start, gated: true)] : [start]
    var figures = [[SearchFigures]](repeating: [SearchFigures(), SearchFigures()], count: tried.count)
    for asked in cases.dropFirst(half) {
      let parts = try found(asked)
      for (place, settings) in tried.enumerated() {
        for (kind, isPersonal) in [true, false].enumerated() {
          figures[place][kind].add(SearchFigures.best(parts.scores(settings, isPersonal: isPersonal), 10), asked)
        }
      }
    }
    func mean(_ figures: SearchFigures) -> Double { figures.ndcg.reduce(0, +) / Double(max(figures.ndcg.count, 1)) }
    var chosen = 0
    for place in tried.indices where mean(figures[place][0]) > mean(figures[chosen][0]) { chosen = place }
    return Weights(
      settings: tried[chosen], withShopper: mean(figures[chosen][0]), alone: figures.map { mean($0[1]) }.max())
  }

  /// What a model has of texts, beside vectors of behaviour.
  ///
  /// - Parameters:
  ///   - behaviour: `[items, db]`, in the order of the data set's items.
  ///   - log: Whose events are what is popular.
  package func texts(_ behaviour: FloatMatrix, _ log: Interactions, settings: SearchSettings) -> ModelTexts {
    var events = [Double](repeating: 0, count: corpus.count)
    for item in log.items { events[Int(item)] += 1 }
    return ModelTexts(
      lexicon: words.lexicon, tower: tower, squares: trainer.squares, settings: settings, vectors: vectors(tower),
      popularity: events.map { Float(SignedLog.log1p($0)) })
  }
}
