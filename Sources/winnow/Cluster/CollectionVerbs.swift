import Arguments
import JSON
import Ranking
import Vocabulary
import WinnowClient

/// `winnow collection create`: makes a collection on every shard.
enum CollectionCreateVerb {
  static let schema = Flag.required("schema", .file, "The schema, as JSON.")
  static let name = Positional("NAME", .string, "The collection.")

  static let verb = Verb(
    command: Command(
      name: "create", summary: "Make a collection",
      details: """
        The schema file names the dimensions of the vectors, the typed attributes, and under text, if items are searched \
        by words, the language and the attributes with text: 'winnow text build' counts their averages. Making a \
        collection again with the same schema changes nothing.
        """,
      flags: [schema],
      positionals: [name]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let name = session[Self.name]
    let path = session[Self.schema]
    let bytes = try Files.read(path, limit: 1 << 20)
    let schema: CollectionSchema
    do throws(ModelError) { schema = try CollectionSchema.read(json: bytes) } catch { throw Failure(error, path: path) }
    let isNew = try await session.withClient { (client) throws(WinnowError) in
      try await client.createCollection(name, schema: schema, timeout: session.timeout)
    }
    if isNew { PushMemory.change { $0.forget(session.address, name) } }
    session.print(
      .object([("collection", .text(name)), ("created", .bool(isNew))]),
      human: isNew ? "made collection \(name)\n" : "collection \(name) stood already, with this schema\n")
    return .ok
  }
}

/// `winnow collection list`: what collections there are.
enum CollectionListVerb {
  static let verb = Verb(command: Command(name: "list", summary: "List all collections"), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let (collections, promises) = try await session.withClient { (client) throws(WinnowError) in
      let collections = try await client.collections(timeout: session.timeout)
      var promises: [String?] = []
      for one in collections { promises.append(try await one.promise(client, timeout: session.timeout)) }
      return (collections, promises)
    }
    let rows = zip(collections, promises).map { CollectionDescribeVerb.json($0, promise: $1) }
    session.print(.object([("collections", .list(rows))]), human: text(collections, promises))
    return .ok
  }

  private static func text(_ collections: [CollectionDescription], _ promises: [String?]) -> String {
    guard !collections.isEmpty else { return "no collections; make one with 'winnow collection create'\n" }
    var table = Table([
      ("collection", .left), ("items", .right), ("memory", .right), ("dimensions", .right), ("model", .left),
      ("shards", .right),
    ])
    for (collection, promise) in zip(collections, promises) {
      let model = collection.model.map { Text.hexadecimal($0) + (promise.map { ", \($0)" } ?? "") }
      table.add([
        collection.name, Text.grouped(collection.items), Text.bytes(collection.memoryBytes),
        "\(collection.schema.embeddingDimension) + \(collection.schema.rerankDimension)",
        model ?? "none", "\(collection.shardsAnswered) of \(collection.shardCount)",
      ])
    }
    return table.text
  }
}

/// `winnow collection describe`: a collection with its schema.
enum CollectionDescribeVerb {
  static let name = Positional.optional(
    "NAME", .string, "The collection; may be left out where the cluster has only one.")

  static let verb = Verb(
    command: Command(
      name: "describe", summary: "Show a collection and its schema",
      positionals: [
        name
      ]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let found: (CollectionDescription, String?)? = try await session.withClient { (client) throws(WinnowError) in
      let collection: CollectionDescription?
      if let name = session[Self.name] {
        collection = try await client.describeCollection(name, timeout: session.timeout)
      } else {
        let all = try await client.collections(timeout: session.timeout)
        collection = all.count == 1 ? all[0] : nil
      }
      guard let collection else { return nil }
      return (collection, try await collection.promise(client, timeout: session.timeout))
    }
    guard let (collection, promise) = found else {
      throw Failure(.usage, "which collection? Give its name", advice: "'winnow collection list' shows what there is")
    }
    session.print(json(collection, promise: promise), human: text(collection, promise))
    return .ok
  }

  /// - Parameter promise: What the model promises to those whose log it was made of; `nil`: nothing.
  static func json(_ collection: CollectionDescription, promise: String?) -> JSON {
    let schema = collection.schema
    let attributes = schema.attributes.map {
      JSON.object([("name", .text($0.name)), ("type", .text($0.type.word))])
    }
    return .object([
      ("name", .text(collection.name)), ("generation", .int(Int(collection.generation.rawValue))),
      ("items", .id(collection.items)), ("memory_bytes", .id(collection.memoryBytes)),
      ("model", .model(collection.model)),
      ("promise", promise.map { .text($0) } ?? .null), ("shards", .int(collection.shardCount)),
      ("shards_answered", .int(collection.shardsAnswered)),
      (
        "schema",
        .object([
          ("embedding_dimension", .int(schema.embeddingDimension)), ("rerank_dimension", .int(schema.rerankDimension)),
          ("attributes", .list(attributes)), ("text", schema.text.map(json) ?? .null),
        ])
      ),
    ])
  }

  private static func json(_ text: TextSettings) -> JSON {
    .object([
      ("language", .text(text.language)), ("analysis_version", .int(Int(text.analysisVersion))),
      ("k1", number(text.k1)),
      (
        "fields",
        .list(
          text.fields.map {
            .object([
              ("attribute", .text($0.attribute)), ("weight", number($0.weight)), ("b", number($0.b)),
              ("average", number($0.average)),
            ])
          })
      ),
    ])
  }

  /// A float32 with as few digits as tell it apart.
  private static func number(_ value: Float) -> JSON { .number(Double(value.description) ?? Double(value)) }

  private static func text(_ collection: CollectionDescription, _ promise: String?) -> String {
    let schema = collection.schema
    var lines = [
      "collection \(collection.name), generation \(collection.generation.rawValue)",
      "  items       \(Text.grouped(collection.items))",
      "  memory      \(Text.bytes(collection.memoryBytes))",
      "  model       \(collection.model.map { Text.hexadecimal($0) } ?? "none")\(promise.map { ", \($0)" } ?? "")",
      "  shards      \(collection.shardsAnswered) of \(collection.shardCount) answered",
      "  embedding   \(schema.embeddingDimension) × float32",
      "  rerank      \(schema.rerankDimension) × float32",
      "  attributes",
    ]
    for attribute in schema.attributes { lines.append("    \(attribute.name.padded(20))  \(attribute.type.word)") }
    if let text = schema.text {
      lines.append("  searched by words, language \(text.language), k1 \(text.k1)")
      for field in text.fields {
        lines.append(
          "    \(field.attribute.padded(20))  weight \(field.weight), b \(field.b), average \(field.average) terms")
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }
}

/// `winnow collection drop`: removes a collection for good.
enum CollectionDropVerb {
  static let dryRun = Flag.switch("dry-run", "Only show what would be removed.")
  static let yes = Flag.switch("yes", "Do not ask. Without a terminal to ask at, it is needed.")
  static let name = Positional("NAME", .string, "The collection.")

  static let verb = Verb(
    command: Command(
      name: "drop", summary: "Remove a collection with its items and its model",
      details: "Nothing brings it back but a snapshot or another feed, so it asks first.",
      flags: [dryRun, yes],
      positionals: [name]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let name = session[Self.name]
    let isRehearsal = session[Self.dryRun]
    let collection = try await session.withClient { (client) throws(WinnowError) in
      try await client.describeCollection(name, timeout: session.timeout)
    }
    let items = collection.items
    if !isRehearsal {
      if !session[Self.yes] { try ask(collection, session) }
      _ = try await session.withClient { (client) throws(WinnowError) in
        try await client.dropCollection(name, timeout: session.timeout)
      }
    }
    if !isRehearsal { PushMemory.change { $0.forget(session.address, name) } }
    session.print(
      .object([("collection", .text(name)), ("items", .id(items)), ("dry_run", .bool(isRehearsal))]),
      human: "\(isRehearsal ? "would drop" : "dropped") collection \(name) with \(Text.grouped(items)) items\n")
    return .ok
  }

  /// Asks the person, who types the name.
  private static func ask(_ collection: CollectionDescription, _ session: Session) throws(Failure) {
    let silent = collection.shardCount - collection.shardsAnswered
    let what =
      "collection \(collection.name) holds \(Text.grouped(collection.items)) items"
      + (silent > 0 ? ", not counted those of \(silent) shards that do not answer" : "")
    guard session.canAsk else {
      throw Failure(.usage, what, advice: "give --yes to drop it for good, or --dry-run to see what would go")
    }
    try session.ask("\(what), which are dropped for good", word: collection.name)
  }
}

extension CollectionDescription {
  /// What its model promises to those whose log it was made of; `nil`: nothing, or there is none.
  fileprivate func promise(_ client: WinnowClient, timeout: Duration?) async throws(WinnowError) -> String? {
    guard model != nil else { return nil }
    return try await client.describeModel(of: name, timeout: timeout)?.promise
  }
}
