import Kernels
import Names
import Ranking
import Retrieval
import Storage
import Support
import Text
import Towers
import Vocabulary

@testable import DataSets
@testable import Evaluation

/// A small shop that is searched by words, with a model of random weights: titles of one to five of a few words.
struct SearchFixture {
  static let definitions = [
    AttributeDefinition(name: "title", type: .text), AttributeDefinition(name: "brand", type: .keyword),
  ]
  private static let words = ["red", "blue", "shoe", "boot", "rain", "coat", "kitchen", "faucet", "10", "mm"]
  private static let brands = ["acme", "rain co"]

  let items: [Item]
  let model: SlowModel
  let served: ServedModel
  let settings: TextSettings
  let data: DataSet

  /// - Parameters:
  ///   - hasTower: Whether the model makes vectors of texts.
  ///   - missing: Items of the log that the model does not have.
  init(hasTower: Bool, itemCount: Int = 80, userCount: Int = 10, missing: Int = 3, seed: UInt64 = 1) throws {
    var random = SeededRandom(seed: seed)
    let (dt, db, rows) = (4, 3, 64)
    var search = SearchSettings(dimension: dt, rowCount: rows, behaviour: db)
    search.weights.values = [1, 0.5, 0.25, 0.5, 0, 0, 0.125]
    let d = hasTower ? search.embeddingDimension : db
    guard let schema = CollectionSchema(embeddingDimension: d, rerankDimension: 0, attributes: Self.definitions) else {
      throw ModelError(.schema, "", .malformed, "fixture")
    }
    let manifest = try Manifest(
      name: "fixture", collection: schema, userDimension: 2, usesItem: false, usesProduct: false, usesDot: false,
      attributeFeatures: [.retrievalScore(Normalisation(mean: 0, scale: 1))], contextFeatures: [],
      layers: [.init(out: 3, activation: .relu), .init(out: 1, activation: .none)],
      search: hasTower ? search : nil)
    model = SlowModel(manifest, users: (0..<UInt64(userCount - 1)).map { 100 + $0 }, hasFallback: true, using: &random)
    items = (0..<itemCount).map { number in
      let title = (0..<1 + Int(random.next() % 5)).map { _ in Self.words[Int(random.next() % 10)] }
        .joined(separator: " ")
      let brand = random.next() % 3 == 0 ? nil : AttributeValue.keyword(Self.brands[Int(random.next() % 2)])
      return Item(
        id: ItemID(UInt64(number * 7 + 5)), embedding: random.floats(d), rerank: [],
        attributes: [number % 11 == 0 ? nil : .text(title), brand])
    }
    let analyser = try TextAnalyser(language: try TextLanguage("none"))
    var lexicon = LexiconBuilder(analyser, fields: ["title", "brand"])
    for item in items { lexicon.add(item.attributes.map { $0?.textOfWords }) }
    settings = TextSettings(
      language: "none", k1: 0.4,
      fields: [
        .init(attribute: "title", average: 3), .init(attribute: "brand", weight: 0.5, b: 0, average: 1.5),
      ])
    var words = WordFiles()
    words.lexicon = lexicon.lexicon().bytes
    var table = SafetensorsWriter()
    table.add(TextTower.tensorName, random.floats(rows * dt), shape: [rows, dt])
    if hasTower { words.text = table.file() }
    let files = model.files
    let loaded = try Model.load(manifest: files[0], weights: files[1], users: files[2], words: words)
    let kept = Array(items.dropLast(missing))
    var vectors = SafetensorsWriter()
    vectors.add("id", kept.map(\.id.rawValue))
    vectors.add("embedding", kept.flatMap(\.embedding), shape: [kept.count, d])
    served = try ServedModel(
      loaded, ItemVectors(vectors.file(), for: schema),
      texts: .init(settings: settings, ofItems: kept.map { $0.attributes.map { $0?.textOfWords } }))

    var log = Interactions(userCount: userCount, itemCount: itemCount)
    var (users, dictionary) = (IDDictionary("users.dict"), IDDictionary("items.dict"))
    for user in 0..<userCount {
      _ = try users.add("\(100 + user)")
      for event in 0..<4 { log.append(user: user, item: Int(random.next() % UInt64(itemCount)), time: Int64(event)) }
    }
    for item in items { _ = try dictionary.add("\(item.id.rawValue)") }
    let attributes = items.map(\.attributes)
    var searches = Searches()
    let queries = ["red shoe", "blue", "10 mm faucet", "ketchen faucet", nil, "rain", "?!"]
    for event in 0..<log.count { searches.set(event, query: queries[event % 7], place: nil) }
    data = DataSet(
      log, kinds: [EventKind](repeating: .click, count: log.count), values: [Float](repeating: 1, count: log.count),
      searches: searches, hasClock: true, users: users, items: dictionary,
      itemTable: (Self.definitions, Self.definitions.indices.map { column in attributes.map { $0[column] } }),
      userTable: ([], []))
  }

  /// Items that the model has.
  var known: [Item] { items.filter { served.ids.row(of: $0.id) != nil } }

  var read: DataSet.Read {
    DataSet.Read(
      data: data,
      summary: DataSet.Summary(
        clock: true, pseudonymousUsers: false, events: data.interactions.count, users: data.users.count,
        items: data.items.count, itemAttributes: [], userAttributes: [], cleaning: nil), test: [])
  }
}
