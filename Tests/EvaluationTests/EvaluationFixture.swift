import Kernels
import Names
import Ranking
import Storage
import Support
import Vocabulary

@testable import DataSets
@testable import Evaluation

/// A small shop with a model of random weights, its log and its directories, to evaluate.
struct EvaluationFixture {
  let manifest: Manifest
  let items: [Item]
  let model: SlowModel
  let data: DataSet

  static let definitions = [
    AttributeDefinition(name: "category", type: .keyword), AttributeDefinition(name: "price", type: .float),
    AttributeDefinition(name: "tags", type: .keywordSet),
  ]

  /// - Parameters:
  ///   - itemCount: Items of the log; the model has those whose number is no multiple of `missing`.
  ///   - userCount: Users of the log; the model has all but the last.
  init(
    itemCount: Int = 60, userCount: Int = 12, missing: Int = 29, hasFallback: Bool = false, isCoarse: Bool = false,
    seed: UInt64 = 1
  ) throws {
    var random = SeededRandom(seed: seed)
    let (d, r) = (6, 4)
    let schema = CollectionSchema(embeddingDimension: d, rerankDimension: r, attributes: Self.definitions)
    guard let schema else { throw ModelError(.schema, "", .malformed, "fixture") }
    manifest = try Manifest(
      name: "fixture", collection: schema, userDimension: r,
      attributeFeatures: [
        .retrievalScore(Normalisation(mean: 0.1, scale: 2)),
        .oneHot(attribute: "category", OneHot(words: ["boots", "tents"], hasOther: true)),
        .numeric(attribute: "price", Normalisation(mean: 2, scale: 0.5, missing: 0.25, takesLog: true)),
      ], contextFeatures: [.numeric(name: "hour", Normalisation(mean: 12, scale: 0.1))],
      layers: [.init(out: 5, activation: .relu), .init(out: 1, activation: .sigmoid)])
    let numbers = (0..<itemCount).map { UInt64(($0 * 37) % itemCount + 1) }
    let categories = ["boots", "tents", "bags", "hats"]
    let attributes: [[AttributeValue?]] = numbers.map { number in
      [
        number % 7 == 0 ? nil : .keyword(categories[Int(number % 4)]), number % 5 == 0 ? nil : .float(Double(number)),
        .keywordSet(number % 2 == 0 ? ["rain", "sun"] : ["sun"]),
      ]
    }
    func vector(_ count: Int) -> [Float] {
      random.floats(count).map { isCoarse ? ($0 * 2).rounded() / 2 : $0 }
    }
    items = zip(numbers, attributes).filter { $0.0 % UInt64(missing) != 0 }
      .map { Item(id: ItemID($0), embedding: vector(d), rerank: vector(r), attributes: $1) }
    model = SlowModel(
      manifest, users: (0..<userCount - 1).map { UInt64(100 + $0) }, hasFallback: hasFallback, using: &random)

    var log = Interactions(userCount: userCount, itemCount: itemCount)
    for user in 0..<userCount {
      for event in 0..<3 + Int(random.next() % 6) {
        log.append(
          user: user, item: Int(random.next() % UInt64(itemCount)),
          time: Int64(5_000_000 * (event + 1) + 3_600_000 * user))
      }
    }
    var (users, dictionary) = (IDDictionary("users.dict"), IDDictionary("items.dict"))
    for user in 0..<userCount { _ = try users.add("\(100 + user)") }
    for number in numbers { _ = try dictionary.add("\(number)") }
    data = DataSet(
      log, kinds: [EventKind](repeating: .click, count: log.count), values: [Float](repeating: 1, count: log.count),
      hasClock: true, users: users, items: dictionary,
      itemTable: (Self.definitions, Self.definitions.indices.map { column in attributes.map { $0[column] } }),
      userTable: (
        [AttributeDefinition(name: "gender", type: .keyword)],
        [(0..<userCount).map { $0 % 3 == 2 ? nil : .keyword($0 % 3 == 0 ? "f" : "m") }]
      ))
  }

  /// Reads what `write` has written.
  func served(_ directory: TemporaryDirectory) throws -> ServedModel {
    try ServedModel.read(directory.path + "/model", on: RealDisk())
  }

  func read(test: [TestCase] = []) -> DataSet.Read {
    DataSet.Read(data: data, summary: summary, test: test)
  }

  var summary: DataSet.Summary {
    DataSet.Summary(
      clock: true, pseudonymousUsers: false, events: data.interactions.count, users: data.users.count,
      items: data.items.count, itemAttributes: [], userAttributes: [], cleaning: nil)
  }

  /// Writes `model/` and `data/`.
  func write(_ directory: TemporaryDirectory, held: HoldOut? = nil, test: [TestCase] = []) throws {
    let disk = RealDisk()
    for folder in ["model", "data"] { try disk.makeDirectory("\(directory.path)/\(folder)") }
    for (name, bytes) in zip(["manifest.json", "weights.safetensors", "users.safetensors"], model.files) {
      try disk.replace("\(directory.path)/model/\(name)", with: bytes)
    }
    var vectors = SafetensorsWriter()
    vectors.add("id", items.map(\.id.rawValue))
    vectors.add("embedding", items.flatMap(\.embedding), shape: [items.count, 6])
    vectors.add("rerank", items.flatMap(\.rerank), shape: [items.count, 4])
    try disk.replace("\(directory.path)/model/items.safetensors", with: vectors.file())
    let columns = Self.definitions.indices.map { column in items.map { $0.attributes[column] } }
    try disk.replace(
      "\(directory.path)/model/items.jsonl",
      with: DataSet.lines(items.map(\.id.rawValue), Self.definitions, columns))
    for file in data.files(nil, test: test) {
      try disk.replace("\(directory.path)/data/\(file.name)", with: file.bytes)
    }
    if let held {
      let text = "{\"held_out\": \(String(decoding: DataSetJSON.encode(held), as: UTF8.self)), \"seed\": 3}"
      try disk.replace("\(directory.path)/model/training.json", with: Array(text.utf8))
    }
  }
}
