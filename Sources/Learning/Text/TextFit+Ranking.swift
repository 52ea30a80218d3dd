package import DataSets
import Evaluation
package import Ranking
import Text
package import Towers
import Vocabulary

extension TextFit {
  /// How candidates are to be ordered, and how good that is on the searches held out for the choice.
  package struct RankingChoice: Sendable {
    /// `nil`: as a model does that has not learned it.
    package let ranking: WordRanking?
    /// NDCG@10 of the fused score alone, and of the order that was chosen; `nil` where nothing was held out.
    package let fused, chosen: Double?
  }

  /// Candidates of each search that are learned from: as many as a query re-ranks unless it says otherwise.
  private static let depth = 100
  private static let searchesMin = 30

  /// Fits the order of candidates to those that searches held out do find by a model that does not know them, and takes it
  /// only if it ranks other searches better than the fused score does. A model that is trained further keeps its order.
  ///
  /// - Parameters:
  ///   - model: With its texts.
  ///   - catalogue: What the network reads of items, in the model's order.
  /// - Throws: What a server would refuse the model for.
  package func ranking(_ model: TrainedModel, catalogue: AttributeColumns) throws(ModelError) -> RankingChoice {
    let none = RankingChoice(ranking: kept?.ranking, fused: nil, chosen: nil)
    guard isTyped, let ranker = try ranker(model, catalogue) else { return none }
    var searches: [WordRankingFit.Search] = []
    var (room, found) = (CatalogueRoom(), [(SearchCase, SearchRanker.Found)]())
    for search in SearchTest(held: cases, of: data, ranker.ids).searches {
      guard let query = try? ranker.query(search.asked.text), !query.terms.isEmpty else { continue }
      found.append(
        (
          search.asked,
          ranker.search(
            query, user: search.user, hidden: search.asked.hidden, context: search.eventContext,
            depth: Self.depth, k: 10, in: &room)
        ))
    }
    guard found.count >= Self.searchesMin else { return none }
    var fusedAlone = WordRanking()
    (fusedAlone.fused, fusedAlone.logit) = (1, 0)
    if let kept {
      let means = [fusedAlone, kept.ranking ?? WordRanking()].map { Self.ndcg($0, found) }
      return RankingChoice(ranking: kept.ranking, fused: means[0], chosen: means[1])
    }
    // Two thirds of the searches fit, the others choose.
    let half = found.count * 2 / 3
    for (asked, found) in found.prefix(half) {
      guard let wanted = found.ranked.firstIndex(where: { asked.good.contains(Int($0.row)) }) else { continue }
      searches.append(.init(found.ranked.map(\.candidate), query: found.inputs, wanted: wanted))
    }
    guard searches.count >= Self.searchesMin / 2 else { return none }
    let fit = WordRankingFit(searches, seed: trainer.options.seed)
    let linear = fit.linear()
    let tried = [fusedAlone, WordRanking(), linear, fit.corrected(linear)]
    let means = tried.map { Self.ndcg($0, Array(found.dropFirst(half))) }
    // A simpler order stays unless the next one is better.
    var chosen = 0
    for place in tried.indices where means[place] > means[chosen] { chosen = place }
    return RankingChoice(ranking: chosen == 1 ? nil : tried[chosen], fused: means[0], chosen: means[chosen])
  }

  /// NDCG@10 of what searches have found, in an order of candidates.
  private static func ndcg(_ ranking: WordRanking, _ searches: [(SearchCase, SearchRanker.Found)]) -> Double {
    var figures = SearchFigures()
    for (asked, found) in searches {
      let scores = found.ranked.map { ranking.score($0.candidate, query: found.inputs)?.value ?? -.infinity }
      figures.add(SearchFigures.best(scores, 10).map { Int(found.ranked[$0].row) }, asked)
    }
    return figures.ndcg.reduce(0, +) / Double(max(figures.ndcg.count, 1))
  }

  /// What searches as a cluster with the model would.
  private func ranker(_ model: TrainedModel, _ catalogue: AttributeColumns) throws(ModelError) -> SearchRanker? {
    guard let texts = model.texts else { return nil }
    let files = try model.files()
    var words = WordFiles()
    (words.lexicon, words.text) = (files.lexicon, files.text)
    let loaded = try Model.load(
      manifest: files.manifest, weights: files.weights, users: files.users, tower: files.tower, words: words)
    func column(_ name: String) -> [AttributeValue?] {
      catalogue.definitions.firstIndex { $0.name == name }.map { catalogue.columns[$0] }
        ?? [AttributeValue?](repeating: nil, count: model.itemIDs.count)
    }
    let served = try ServedModel(
      loaded, ItemVectors(files.items, for: loaded.manifest.collection),
      columns: FeatureAssembler(loaded.manifest).attributeNames.map(column),
      texts: .init(
        settings: texts.searchSettings,
        ofItems: Self.texts(data.catalogue, texts.searchSettings.fields.map(\.attribute))))
    do throws(TextError) { return try SearchRanker(served) } catch {
      throw ModelError(.lexicon, "language", .unknown, error.text)
    }
  }
}
