import Kernels
import Ranking
import Vocabulary

/// The shop's network, every neuron of which has a meaning.
///
/// It adds up liking (the dot product: category, style, brand, price habit), stars, stock and what the season, the
/// hour and the device do; very high sums count less, so that probabilities stay readable.
struct ShopNetwork {
  let manifest: Manifest
  let weights: [UInt8]

  init(_ schema: CollectionSchema) throws(ModelError) {
    let names = ["category", "price", "rating", "in_stock"]
    let needed = schema.attributes.filter { names.contains($0.name) }
    guard
      let collection = CollectionSchema(
        embeddingDimension: schema.embeddingDimension, rerankDimension: schema.rerankDimension, attributes: needed)
    else { preconditionFailure("a part of a schema is a schema") }
    let neurons = Self.neurons
    manifest = try Manifest(
      name: "synthetic-shop", collection: collection, userDimension: TasteSpace.rerankDimension,
      attributeFeatures: [
        .retrievalScore(Normalisation(mean: 0.75, scale: 1)),
        .numeric(attribute: "price", Normalisation(mean: 4.5, scale: 1, takesLog: true)),
        .numeric(attribute: "rating", Normalisation(mean: 3.875, scale: 2)),
        .bool(attribute: "in_stock", missing: 1),
        .oneHot(attribute: "category", OneHot(words: ShopCatalogue.categories.map(\.name), hasOther: true)),
      ],
      contextFeatures: [
        .oneHot(name: "season", OneHot(words: ["winter", "spring", "summer", "autumn"])),
        .oneHot(name: "device", OneHot(words: ["phone", "desktop"])),
        .numeric(name: "hour", Normalisation(mean: 12, scale: 0.125)),
      ],
      layers: [
        .init(out: neurons.count, activation: .relu), .init(out: 3, activation: .relu),
        .init(out: 1, activation: .sigmoid),
      ])
    var writer = SafetensorsWriter()
    let inputs = manifest.inputCount
    writer.add("layers.0.weight", neurons.flatMap { $0.row(inputs) }, shape: [neurons.count, inputs])
    writer.add("layers.0.bias", neurons.map(\.bias), shape: [neurons.count])
    // The sum T as relu(T), relu(−T) and relu(T − 3).
    let effects = neurons.map(\.effect)
    writer.add("layers.1.weight", effects + effects.map { -$0 } + effects, shape: [3, neurons.count])
    writer.add("layers.1.bias", [-3.5, 3.5, -6.5], shape: [3])
    writer.add("layers.2.weight", [1, -1, -0.5], shape: [1, 3])
    writer.add("layers.2.bias", [0], shape: [1])
    weights = writer.file()
  }

  /// One neuron of the first layer: what it reads, and its effect on the sum.
  private struct Neuron {
    var reads: [(input: Int, weight: Float)]
    var bias: Float = 0
    let effect: Float

    func row(_ inputs: Int) -> [Float] {
      var row = [Float](repeating: 0, count: inputs)
      for read in reads { row[read.input] += read.weight }
      return row
    }
  }

  /// Positions of the inputs, in the fixed order user | item | product | dot | attributes | context.
  private enum At {
    static let r = TasteSpace.rerankDimension
    static let user = 0
    static let item = r
    static let product = 2 * r
    static let dot = 3 * r
    static let retrieval = dot + 1
    static let price = dot + 2
    static let rating = dot + 3
    static let inStock = dot + 4
    static let category = dot + 5
    static let winter = category + ShopCatalogue.categories.count + 1
    static let summer = winter + 2
    static let phone = winter + 4
    static let hour = winter + 6
  }

  private static var neurons: [Neuron] {
    func categories(_ isMeant: (ShopCatalogue.Category) -> Bool, weight: Float = 1) -> [(input: Int, weight: Float)] {
      ShopCatalogue.categories.enumerated().filter { isMeant($0.element) }.map { (At.category + $0.offset, weight) }
    }
    let wintry = categories { $0.season == .winter }
    let summery = categories { $0.season == .summer }
    let price = TasteSpace.priceLevelIndex
    return [
      // Liking.
      Neuron(reads: [(At.dot, 1)], effect: 2),
      Neuron(reads: [(At.dot, -1)], effect: -2),
      // Devotion: a favourite brand counts more than its share of the dot product.
      Neuron(reads: TasteSpace.brandRange.map { (At.product + $0, 1) }, bias: -0.5, effect: 1),
      // Far above the shopper's price habit; the user's coordinate is 2 · sensitivity · habit.
      Neuron(
        reads: [(At.item + price, 1), (At.user + price, -1 / (2 * TasteSpace.priceSensitivity))], bias: -1, effect: -0.5
      ),
      // What others say, and whether it can be had at all.
      Neuron(reads: [(At.rating, 1)], effect: 0.375),
      Neuron(reads: [(At.rating, -1)], effect: -0.625),
      Neuron(reads: [(At.inStock, -1)], bias: 1, effect: -2.5),
      Neuron(reads: [(At.retrieval, 1)], effect: 0.25),
      Neuron(reads: [(At.retrieval, -1)], effect: -0.25),
      // Season and category together: relu(a + b − 1) is their "and".
      Neuron(reads: wintry + [(At.winter, 1)], bias: -1, effect: 1.25),
      Neuron(reads: summery + [(At.summer, 1)], bias: -1, effect: 1.25),
      Neuron(reads: wintry + [(At.summer, 1)], bias: -1, effect: -1.25),
      Neuron(reads: summery + [(At.winter, 1)], bias: -1, effect: -1.25),
      // From five in the afternoon on, things for the sofa.
      Neuron(reads: categories(\.isCosy, weight: 4) + [(At.hour, 1)], bias: -4.625, effect: 1),
      // On a phone people buy large things less easily.
      Neuron(reads: [(At.price, 1), (At.phone, 4)], bias: -5, effect: -0.5),
    ]
  }
}
