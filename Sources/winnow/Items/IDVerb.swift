import Arguments
import JSON
import Names
import Storage
import Vocabulary

/// `winnow id`: which number an id of the shop's data has, and the other way round.
enum IDVerb {
  static let users = Flag.switch("users", "Look among users only.", group: "What")
  static let items = Flag.switch("items", "Look among items only.", group: "What")
  static let ids = Positional.repeated("ID", .string, "Ids or numbers.")

  static let verb = Verb(
    command: Command(
      name: "id", summary: "Look up which number an id of your data has, and which id a number",
      details: """
        Models and clusters know users and items by numbers. A plain decimal number below 10^15 keeps its value; every \
        other id has the number that users.dict or items.dict gave it. Each ID is looked for as an id and as a number.
        """,
      flags: [users, items, Session.collectionFlag] + OwnIDs.flags, positionals: [ids]), run: run)

  /// One side's entry for one text.
  private struct Found {
    let text: String
    let kind: String
    let number: UInt64
    /// `nil`: pseudonyms have no names.
    let name: String?

    var json: JSON {
      .object([
        ("asked", .text(text)), ("kind", .text(kind)), ("id", .exact(number)),
        ("name", name.map { .text($0) } ?? .null),
      ])
    }

    var line: String {
      "\(kind) \(number)" + (name.map { "  \($0.visible)" } ?? "  (a pseudonym)") + "\n"
    }
  }

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let (onlyUsers, onlyItems): (Bool, Bool) = (session[Self.users], session[Self.items])
    let own = try await OwnIDs(session)
    guard own.hasDictionary else {
      throw Failure(
        .usage, "winnow id: which dictionary? Give --dictionary DIRECTORY",
        advice: "a directory that 'winnow import' or 'winnow train' wrote")
    }
    let texts = session[Self.ids]
    var found: [Found] = []
    do throws(NameError) {
      for (kind, file) in own.files where kind == "user" ? !onlyItems || onlyUsers : !onlyUsers || onlyItems {
        found += try look(texts, kind, file, kind == "user" ? own.key : nil)
      }
    } catch { throw Failure(error) }
    let missing = texts.filter { text in !found.contains { $0.text.exact == text.exact } }
    let order = texts.flatMap { text in found.filter { $0.text.exact == text.exact } }
    session.print(
      .object([("found", .list(order.map(\.json))), ("not_found", .list(missing.map { .text($0) }))]),
      human: order.map(\.line).joined()
        + (missing.isEmpty ? "" : "not found: " + missing.map(\.visible).joined(separator: ", ") + "\n"))
    return missing.isEmpty ? .ok : .failed
  }

  /// Ids first; a number that is none is looked for among the numbers that were given.
  private static func look(
    _ texts: [String], _ kind: String, _ file: DictionaryFile, _ key: Pseudonyms?
  ) throws(NameError) -> [Found] {
    let numbers = Dictionary(texts.map { ($0.exact, UInt64(digits: $0)) }) { first, _ in first }
    let present = try file.present(Set(numbers.values.compactMap(\.self)))
    let named = file.isPseudonymous && key == nil ? [:] : try file.numbers(of: texts, key)
    let names = try file.names(of: present)
    let known = try file.present(Set(named.values))
    return texts.compactMap { text in
      if let number = named[text.exact], known.contains(number) {
        return Found(text: text, kind: kind, number: number, name: file.isPseudonymous ? nil : text)
      }
      guard let number = numbers[text.exact] ?? nil, present.contains(number) else { return nil }
      return Found(text: text, kind: kind, number: number, name: names[number])
    }
  }
}
