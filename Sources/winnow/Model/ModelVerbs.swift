import Arguments
import JSON
import Ranking
import Transport
import Vocabulary
import WinnowClient

/// `winnow model describe`: the model that serves.
enum ModelDescribeVerb {
  static let manifest = Flag.switch("manifest", "Print the manifest alone.")

  static let verb = Verb(
    command: Command(
      name: "describe", summary: "Show the model of a collection",
      flags: [Session.collectionFlag, manifest]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let found: (String, ModelDescription?)? = try await session.withClient { (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return nil }
      return (collection, try await client.describeModel(of: collection, timeout: session.timeout))
    }
    guard let (collection, model) = found else { throw session.needsCollection() }
    guard let model else {
      throw Failure(.failed, "collection \(collection) has no model", advice: "give it one with 'winnow model push'")
    }
    let manifest = String(decoding: model.manifest, as: UTF8.self)
    if session[Self.manifest] {
      StandardStreams.output(json: manifest)
      return .ok
    }
    let json = (try? JSONReader.read(model.manifest[...])) ?? .null
    session.print(
      .object([
        ("collection", .text(collection)), ("generation", .int(Int(model.generation.rawValue))),
        ("model", .model(model.model)), ("users", .id(model.users)), ("parameters", .id(model.parameters)),
        ("promise", model.promise.map { .text($0) } ?? .null), ("manifest", json),
      ]),
      human: """
        model \(Text.hexadecimal(model.model)) of collection \(collection)
          generation  \(model.generation.rawValue)
          parameters  \(Text.grouped(model.parameters))
          users       \(Text.grouped(model.users))
          sessions    \(tower(of: json))
          promise     \(model.promise ?? "none towards those whose log it was made of")
          manifest    \(Text.bytes(model.manifest.count)), shown by --manifest

        """)
    return .ok
  }

  /// What a manifest's tower makes of a session.
  private static func tower(of manifest: JSON) -> String {
    guard let tower = manifest["tower"], case .text(let kind) = tower["kind"] else { return "not folded in" }
    guard case .text(let encoder) = tower["encoder"] else { return "folded in by \(kind)" }
    return "folded in by \(kind), \(tower["mixed"] == .bool(true) ? "mixed " : "")\(encoder)"
  }
}

extension ModelDescription {
  /// What the model promises to those whose log it was made of, such as `private ε = 4`; `nil`: nothing.
  var promise: String? { try? Manifest.read(json: manifest).privacy?.words }
}
