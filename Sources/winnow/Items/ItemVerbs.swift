import Arguments
import JSON
import Vocabulary
import WinnowClient

/// `winnow item get`: what the cluster holds of some items.
enum ItemGetVerb {
  static let vectors = Flag.switch("vectors", "Show embeddings and rerank vectors too.")
  static let ids = Positional.repeated("ID", .string, "Item ids.")

  static let verb = Verb(
    command: Command(
      name: "get", summary: "Look up items by id",
      flags: [Session.collectionFlag, vectors] + OwnIDs.flags,
      positionals: [ids]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let own = try await OwnIDs(session)
    let ids = try own.items(Self.ids, session)
    let showsVectors = session[Self.vectors]
    let found: StoredItems? = try await session.withClient { (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return nil }
      return try await client.get(
        ids, from: collection, withEmbeddings: showsVectors, withRerankVectors: showsVectors, timeout: session.timeout)
    }
    guard let found else { throw session.needsCollection() }
    let missing = Set(ids).subtracting(found.items.map(\.id)).sorted()
    let names = try own.names(items: ids)
    session.print(json(found, missing, names), human: text(found, missing, names))
    return missing.isEmpty ? .ok : .failed
  }

  private static func json(_ found: StoredItems, _ missing: [ItemID], _ names: IDNames) -> JSON {
    .object([
      ("items", .list(found.items.map { json($0, names) })), ("not_found", .list(missing.map { .id($0) })),
      ("unavailable", .int(found.unavailable)),
    ])
  }

  private static func json(_ item: StoredItems.Entry, _ names: IDNames) -> JSON {
    var fields = names.fields(item.id) + [("version", .exact(item.version))]
    fields.append(("attributes", .object(item.attributes.map { ($0.name, JSON($0.value)) })))
    if !item.embedding.isEmpty { fields.append(("embedding", .list(item.embedding.map { .float($0) }))) }
    if !item.rerank.isEmpty { fields.append(("rerank", .list(item.rerank.map { .float($0) }))) }
    return .object(fields)
  }

  private static func text(_ found: StoredItems, _ missing: [ItemID], _ names: IDNames) -> String {
    var lines: [String] = []
    for item in found.items {
      lines.append("item \(names.both(item.id)), version \(item.version)")
      for attribute in item.attributes {
        lines.append("  \(attribute.name.padded(16))  \(Text.value(attribute.value))")
      }
      for (name, vector) in [("embedding", item.embedding), ("rerank", item.rerank)] where !vector.isEmpty {
        lines.append("  \(name.padded(16))  [\(vector.map { "\($0)" }.joined(separator: ", "))]")
      }
    }
    if !missing.isEmpty {
      lines.append("not found: " + missing.map { names[$0] }.joined(separator: ", "))
      if found.unavailable > 0 { lines.append("  \(found.unavailable) of them may exist: their shard could not say") }
    }
    return lines.map { $0 + "\n" }.joined()
  }
}

/// `winnow item delete`: removes items for good.
enum ItemDeleteVerb {
  static let dryRun = Flag.switch("dry-run", "Only show which of them exist.")
  static let ids = Positional.repeated("ID", .string, "Item ids.")

  static let verb = Verb(
    command: Command(
      name: "delete", summary: "Remove items",
      flags: [Session.collectionFlag, dryRun] + OwnIDs.flags,
      positionals: [ids]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let own = try await OwnIDs(session)
    let ids = try own.items(Self.ids, session)
    let names = try own.names(items: ids)
    guard !session[Self.dryRun] else { return try await rehearse(session, ids, names) }
    let outcome: WriteOutcome? = try await session.withClient { (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return nil }
      return try await client.delete(ids, from: collection, timeout: session.timeout)
    }
    guard let outcome else { throw session.needsCollection() }
    let lines = zip(ids, outcome.statuses).map { "item \(names[$0]): \(words($1))\n" }
    let json = zip(ids, outcome.statuses).map { id, status in
      JSON.object(names.fields(id) + [("status", .text(words(status)))])
    }
    session.print(
      .object([("items", .list(json)), ("durable", .bool(outcome.isDurable))]), human: lines.joined())
    return outcome.isSettled ? .ok : .failed
  }

  private static func rehearse(_ session: Session, _ ids: [ItemID], _ names: IDNames) async throws(Failure) -> ExitCode
  {
    let found: StoredItems? = try await session.withClient { (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return nil }
      return try await client.get(ids, from: collection, attributes: .none, timeout: session.timeout)
    }
    guard let found else { throw session.needsCollection() }
    let there = found.items.map(\.id)
    session.print(
      .object([("dry_run", .bool(true)), ("would_delete", .list(there.map { .id($0) }))]),
      human: "would delete \(there.count) of \(Set(ids).count) items: "
        + (there.isEmpty ? "none is there" : there.map { names[$0] }.joined(separator: ", ")) + "\n")
    return .ok
  }

  private static func words(_ status: WriteOutcome.Status) -> String {
    switch status {
    case .inserted: "inserted"
    case .replaced: "replaced"
    case .conflict: "conflict"
    case .deleted: "deleted"
    case .absent: "was not there"
    case .notExecuted: "not executed: its shard could not be asked"
    case .unknown: "unknown: its shard did not answer; delete it again"
    }
  }
}
