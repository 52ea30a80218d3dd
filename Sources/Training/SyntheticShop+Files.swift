import Ranking
import Vocabulary

extension SyntheticShop {
  /// The shop as files: behaviour, items, shoppers, and schema and model directory.
  package var files: [File] {
    [
      File(path: "events.tsv", bytes: events),
      File(path: "items.jsonl", bytes: itemLines),
      File(path: "users.jsonl", bytes: userLines),
      File(path: "schema.json", bytes: schema.json),
      File(path: "items.safetensors", bytes: itemVectors),
      File(path: "model/manifest.json", bytes: manifest.json),
      File(path: "model/weights.safetensors", bytes: weights),
      File(path: "model/users.safetensors", bytes: users),
      File(path: "shoppers.json", bytes: shopperList),
    ]
  }

  /// The content of `users.safetensors`, with the mean of all shoppers as the fallback.
  package var users: [UInt8] {
    var writer = SafetensorsWriter()
    let n = shoppers.count
    writer.add("id", shoppers.map(\.id.rawValue))
    writer.add("query", shoppers.flatMap(\.vectors.query), shape: [n, schema.embeddingDimension])
    writer.add("vector", shoppers.flatMap(\.vectors.vector), shape: [n, schema.rerankDimension])
    writer.add("fallback.query", mean(\.query, schema.embeddingDimension), shape: [schema.embeddingDimension])
    writer.add("fallback.vector", mean(\.vector, schema.rerankDimension), shape: [schema.rerankDimension])
    return writer.file()
  }

  private func mean(_ vector: KeyPath<UserVectors, [Float]>, _ count: Int) -> [Float] {
    var sum = [Float](repeating: 0, count: count)
    for shopper in shoppers {
      let values = shopper.vectors[keyPath: vector]
      for i in 0..<count { sum[i] += values[i] }
    }
    return sum.map { $0 / Float(shoppers.count) }
  }

  private var itemVectors: [UInt8] {
    var writer = SafetensorsWriter()
    writer.add("id", items.map(\.id.rawValue))
    writer.add("embedding", items.flatMap(\.embedding), shape: [items.count, schema.embeddingDimension])
    writer.add("rerank", items.flatMap(\.rerank), shape: [items.count, schema.rerankDimension])
    return writer.file()
  }

  private var itemLines: [UInt8] {
    DataSet.lines(
      items.map(\.id.rawValue), schema.attributes,
      schema.attributes.indices.map { attribute in items.map { $0.attributes[attribute] } })
  }

  private var userLines: [UInt8] {
    DataSet.lines(
      shoppers.map(\.id.rawValue), Shopper.definitions,
      Shopper.definitions.indices.map { attribute in shoppers.map { $0.attributes[attribute] } })
  }

  private var shopperList: [UInt8] {
    let lines = shoppers.map { shopper in
      let tastes = shopper.tastes.map { "\"\($0)\"" }.joined(separator: ",")
      return "  {\"id\":\(shopper.id.rawValue),\"name\":\"\(shopper.name)\",\"tastes\":[\(tastes)]}"
    }
    return Array("[\n\(lines.joined(separator: ",\n"))\n]\n".utf8)
  }
}
