import Arguments
import JSON
import Vocabulary
import WinnowClient

/// `winnow item update`: changes attributes of one item.
enum ItemUpdateVerb {
  static let remove = Flag.list("remove", .string, "Attributes to remove from the item.", placeholder: "NAME,…")
  static let expectVersion = Flag("expect-version", .string, "Only if the item has this version.", placeholder: "N")
  static let id = Positional("ID", .string, "The item's id.")
  static let change = Positional.repeated(
    "CHANGE", .string, "NAME=VALUE; members of a keyword set with commas between them.", isRequired: false)

  static let verb = Verb(
    command: Command(
      name: "update", summary: "Change attributes of an item; its vectors and other attributes stay",
      flags: [Session.collectionFlag, remove, expectVersion] + OwnIDs.flags,
      positionals: [id, change]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let own = try await OwnIDs(session)
    guard let id = try own.items([session[Self.id]], Self.id, session).first else {
      throw session.usage(Self.id, "is missing")
    }
    let expecting = try session[Self.expectVersion].map { text throws(Failure) in
      guard let version = UInt64(digits: text), version > 0, version < .max else {
        throw session.usage(Self.expectVersion, "takes a version, a whole number from 1 without sign or zeros in front")
      }
      return ExpectedVersion.version(version)
    }
    let outcome: Result<WriteOutcome?, Failure> = try await session.withClient { (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return .success(nil) }
      let schema = try await client.describeCollection(collection, timeout: session.timeout).schema
      let update: ItemUpdate
      do throws(Failure) { update = ItemUpdate(id: id, attributes: try changes(session, schema)) } catch {
        return .failure(error)
      }
      return .success(
        try await client.update(
          [update], schema: schema, in: collection, expecting: [expecting], timeout: session.timeout))
    }
    guard let outcome = try outcome.get(), let status = outcome.statuses.first, let version = outcome.versions.first
    else { throw session.needsCollection() }
    let (word, text, code) = verdict(status, version)
    let names = try own.names(items: [id])
    session.print(
      .object(
        names.fields(id) + [
          ("status", .text(word)), ("version", .exact(version)), ("durable", .bool(outcome.isDurable)),
        ]), human: "item \(names[id]): \(text)\n")
    return code
  }

  private static func changes(_ session: Session, _ schema: CollectionSchema) throws(Failure) -> [NamedAttribute] {
    var changes: [NamedAttribute] = []
    for text in session[Self.change] {
      guard let (name, said) = text.split(at: "=") else {
        throw session.usage(Self.change, "is NAME=VALUE, not \(text.debugDescription)")
      }
      guard let index = schema.attributeIndex(named: name) else {
        throw session.usage(Self.change, "names \(name.debugDescription), which the collection does not have")
      }
      let type = schema.attributes[index].type
      guard let value = value(said, type) else {
        throw session.usage(Self.change, "\(name) takes a value of type \(type.word)")
      }
      changes.append(NamedAttribute(name: name, value: value))
    }
    changes += session[Self.remove].map { NamedAttribute(name: $0, value: nil) }
    guard !changes.isEmpty else { throw session.usage(Self.change, "or --remove says what to change") }
    return changes
  }

  private static func value(_ text: String, _ type: AttributeType) -> AttributeValue? {
    switch type {
    case .keyword: return .keyword(text)
    case .text: return .text(text)
    case .keywordSet:
      return AttributeValue(.list(text.splitList().filter { !$0.isEmpty }.map { .text($0) }), type)
    case .int, .float, .bool:
      guard let json = try? JSONReader.read(Array(text.utf8)[...]) else { return nil }
      return AttributeValue(json, type)
    }
  }

  private static func verdict(
    _ status: WriteOutcome.Status, _ version: UInt64
  ) -> (word: String, text: String, code: ExitCode) {
    switch status {
    case .replaced, .inserted, .deleted: ("updated", "updated, version \(version)", .ok)
    case .absent: ("absent", "is not there", .failed)
    case .conflict:
      ("conflict", version == 0 ? "is not there" : "has version \(version), nothing was changed", .conflict)
    case .notExecuted: ("not_executed", "not executed: its shard could not be asked", .unreachable)
    case .unknown: ("unknown", "unknown: its shard did not answer; update it again", .unreachable)
    }
  }
}
