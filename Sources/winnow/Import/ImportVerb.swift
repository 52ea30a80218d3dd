import Arguments
import DataSets
import JSON
import Vocabulary

/// `winnow import synthetic`: makes a shop from a seed.
enum ImportSyntheticVerb {
  static let items = Flag("items", .int(1...100_000_000), "Number of items.", default: "100000")
  static let users = Flag("users", .int(1...10_000_000), "Number of shoppers.", default: "1000")
  static let seed = Flag("seed", .int(0...Int.max), "Another seed, another shop.", default: "1")
  static let searches = Flag.switch(
    "searches", "The log says what shoppers had searched for, and at which place they saw the item.")
  static let out = Flag.required("out", .outputDirectory, "The directory to write.")

  static let verb = Verb(
    command: Command(
      name: "synthetic", summary: "Make a synthetic shop: items, shoppers, and what they did",
      details: """
        Writes what a shop has: events.tsv, a log of eight weeks in which not everything is well, items.jsonl and \
        users.jsonl; and what it has not: shoppers.json, what the shoppers like. The same seed makes the same bytes on \
        every machine.
        """,
      flags: [items, users, seed, searches, out, OutputDirectory.force]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let (items, users) = (session[Self.items], session[Self.users])
    let out = try OutputDirectory(Self.out, .shop, session)
    let shop = SyntheticShop(
      seed: UInt64(session[Self.seed]), itemCount: items, shopperCount: users,
      hasSearches: session[Self.searches])
    let files = shop.files.map { (name: $0.name, bytes: $0.bytes) }
    try out.write(files)
    let written = files.map { (path: "\(out.path)/\($0.name)", byteCount: $0.bytes.count) }
    let people = shop.shoppers.prefix(5).map { shopper in
      "  shopper \(shopper.number), \(shopper.name): \(shopper.tastes.joined(separator: ", "))\n"
    }
    session.print(
      .object([
        ("items", .int(items)), ("users", .int(users)),
        (
          "files", .list(written.map { .object([("path", .text($0.path)), ("bytes", .int($0.byteCount))]) })
        ),
      ]),
      human: written.map { "\($0.path.visible)  \(Text.bytes($0.byteCount))\n" }.joined()
        + "\(Text.grouped(items)) items, \(Text.grouped(users)) shoppers; some of them:\n" + people.joined())
    return .ok
  }
}
