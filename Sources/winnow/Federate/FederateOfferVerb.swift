import Arguments
import Bytes
import JSON
import Privacy
import Vocabulary

/// `winnow federate offer`: what shops agree on before they learn together.
enum FederateOfferVerb {
  static let items = Flag.required("items", .file, "The public list of items that all silos share, by their ids.")
  static let isPrivate = Flag.required(
    "private", .string, "The promise to each user of each silo.", placeholder: "epsilon=4,delta=1e-6")
  static let members = Flag.list("members", .string, "The names of the silos, three or more.", placeholder: "NAME")
  static let colluders = Flag(
    "colluders", .int(0...14),
    "Silos that may work together with the coordinator of the sums without weakening the promise to the others.",
    default: "1")
  static let out = Flag.required("out", .outputFile, "The offer to write.")

  static let verb = Verb(
    command: Command(
      name: "offer", summary: "Write what several shops agree on before they learn together",
      details: """
        Each silo reads the offer, checks it, and takes part with 'winnow federate join'. Nothing of a log is read here.
        """,
      flags: [
        items, isPrivate, members, colluders, NeighbourFlags.clipEvents, NeighbourFlags.window, out, OutputFile.force,
      ]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let file = try OutputFile(session[Self.out], .offer, force: session[OutputFile.force])
    let list = try NeighbourFlags.publicItems(session[Self.items])
    let offer: FederationOffer
    do throws(PrivacyError) {
      let words = session[Self.isPrivate].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      let terms = try PrivacyTerms(words)
      guard terms.budget == nil else {
        throw PrivacyError(.setting, "a budget is each silo's own: 'winnow federate join --budget'")
      }
      offer = try FederationOffer(
        members: session[Self.members], list, terms, colluders: session[Self.colluders], NeighbourFlags.sums(session))
    } catch { throw Failure(error) }
    let json = offer.json
    try file.finish(json)
    let hash = ContentHash.hexadecimal(ContentHash.sha256(json))
    session.print(
      .object([("out", .text(session[Self.out])), ("sha256", .text(hash)), ("silos", .int(offer.members.count))]),
      human:
        "\(session[Self.out].visible): \(offer.members.count) silos, epsilon \(PrivacyLedger.text(offer.epsilon)) at delta "
        + "\(offer.delta), \(Text.grouped(offer.items)) items; sha256 \(hash)\n")
    return .ok
  }
}
