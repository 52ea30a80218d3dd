import Arguments
import JSON
import Vocabulary
import WinnowClient

/// `winnow model list`: the generations of a collection.
enum ModelListVerb {
  static let verb = Verb(
    command: Command(
      name: "list", summary: "List the generations of a collection and their models", flags: [Session.collectionFlag]),
    run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let found: [GenerationDescription]? = try await session.withClient { (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return nil }
      return try await client.generations(of: collection, timeout: session.timeout)
    }
    guard let found else { throw session.needsCollection() }
    session.print(json(found), human: text(found))
    return .ok
  }

  static func text(_ generations: [GenerationDescription]) -> String {
    var table = Table([
      ("generation", .right), ("state", .left), ("items", .right), ("memory", .right), ("model", .left),
      ("complete on", .right),
    ])
    for generation in generations {
      table.add([
        "\(generation.generation.rawValue)", generation.state.rawValue, Text.grouped(generation.items),
        Text.bytes(generation.memoryBytes), generation.model.map { Text.hexadecimal($0) } ?? "none",
        "\(generation.completeShards) of \(generation.shardCount) shards",
      ])
    }
    return table.text
  }

  static func json(_ generations: [GenerationDescription]) -> JSON {
    .object([
      (
        "generations",
        .list(
          generations.map { generation in
            .object([
              ("generation", .int(Int(generation.generation.rawValue))), ("state", .text(generation.state.rawValue)),
              ("items", .id(generation.items)), ("memory_bytes", .id(generation.memoryBytes)),
              ("model", .model(generation.model)), ("shards_complete", .int(generation.completeShards)),
              ("shards", .int(generation.shardCount)),
            ])
          })
      )
    ])
  }
}

/// `winnow model rollback`: back to the previous generation.
enum ModelRollbackVerb {
  static let verb = Verb(
    command: Command(
      name: "rollback", summary: "Let the previous generation of a collection serve again",
      details: """
        Items and model go back together, in one step. What was written since the switch is not in the previous \
        generation; it stays in the other one, to which a second rollback leads.
        """, flags: [Session.collectionFlag]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let done: (collection: String, left: [GenerationDescription])? = try await session.withClient {
      (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return nil }
      return (collection, try await client.rollBack(collection, timeout: session.timeout))
    }
    guard let (collection, left) = done else { throw session.needsCollection() }
    let serving = left.first { $0.state == .active }?.generation.rawValue
    PushMemory.change { $0.rollBack(session.address, collection, to: serving) }
    session.print(ModelListVerb.json(left), human: ModelListVerb.text(left))
    return .ok
  }
}

/// `winnow model discard`: removes a generation that does not serve.
enum ModelDiscardVerb {
  static let generation = Positional("GENERATION", .int(1...Int(UInt32.max)), "Its number, from 'winnow model list'.")

  static let verb = Verb(
    command: Command(
      name: "discard", summary: "Remove a staged or previous generation",
      details: "A push that was interrupted leaves a staged generation, which goes by itself after 10 minutes.",
      flags: [Session.collectionFlag],
      positionals: [generation]),
    run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let generation = Generation(UInt32(clamping: session[Self.generation]))
    let left: [GenerationDescription]? = try await session.withClient { (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return nil }
      return try await client.discardGeneration(generation, of: collection, timeout: session.timeout)
    }
    guard let left else { throw session.needsCollection() }
    session.print(ModelListVerb.json(left), human: ModelListVerb.text(left))
    return .ok
  }
}
