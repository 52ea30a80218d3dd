import Towers
import Vocabulary

/// The field `text.ranking` of a manifest.
struct WordRankingDocument: Codable {
  let ranking: WordRanking

  init(_ ranking: WordRanking) { self.ranking = ranking }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case fused, logit, inputs, neurons
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.strictContainer(CodingKeys.self)
    var ranking = WordRanking()
    ranking.fused = try container.float(.fused, in: 0...WordRanking.weightMax)
    ranking.logit = try container.float(.logit, in: 0...WordRanking.weightMax)
    ranking.inputs = try container.decodeIfPresent([Reading].self, forKey: .inputs)?.map(\.reading) ?? []
    guard Set(ranking.inputs.map(\.input)).count == ranking.inputs.count else {
      throw FieldError(container.codingPath + [CodingKeys.inputs], .duplicate, "an input stands twice")
    }
    ranking.neurons = try container.decodeIfPresent([Neuron].self, forKey: .neurons)?.map(\.neuron) ?? []
    guard ranking.neurons.count <= WordRanking.neuronsMax else {
      throw FieldError(
        container.codingPath + [CodingKeys.neurons], .outOfRange, "at most \(WordRanking.neuronsMax) neurons")
    }
    guard ranking.neurons.allSatisfy({ $0.weights.count == ranking.inputs.count }) else {
      throw FieldError(
        container.codingPath + [CodingKeys.neurons], .wrongShape, "each has \(ranking.inputs.count) weights")
    }
    self.ranking = ranking
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Double(ranking.fused), forKey: .fused)
    try container.encode(Double(ranking.logit), forKey: .logit)
    try container.encode(ranking.inputs.map(Reading.init), forKey: .inputs)
    try container.encode(ranking.neurons.map(Neuron.init), forKey: .neurons)
  }

  private struct Reading: Codable {
    let reading: WordRanking.Reading

    init(_ reading: WordRanking.Reading) { self.reading = reading }

    enum CodingKeys: String, CodingKey, CaseIterable {
      case input, mean, scale
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.strictContainer(CodingKeys.self)
      reading = WordRanking.Reading(
        try container.word(.input, WordRanking.Input.self), mean: try container.float(.mean),
        scale: try container.float(.scale))
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(reading.input.rawValue, forKey: .input)
      try container.encode(Double(reading.mean), forKey: .mean)
      try container.encode(Double(reading.scale), forKey: .scale)
    }
  }

  private struct Neuron: Codable {
    let neuron: WordRanking.Neuron

    init(_ neuron: WordRanking.Neuron) { self.neuron = neuron }

    enum CodingKeys: String, CodingKey, CaseIterable {
      case bias, weights, out
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.strictContainer(CodingKeys.self)
      let weights = try container.decode([Double].self, forKey: .weights).map { Float($0) }
      guard weights.allSatisfy(\.isFinite) else {
        throw FieldError(container.codingPath + [CodingKeys.weights], .outOfRange, "a number is not finite")
      }
      neuron = WordRanking.Neuron(
        bias: try container.float(.bias), weights: weights, out: try container.float(.out))
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(Double(neuron.bias), forKey: .bias)
      try container.encode(neuron.weights.map(Double.init), forKey: .weights)
      try container.encode(Double(neuron.out), forKey: .out)
    }
  }
}
