import Arguments
import JSON
import Vocabulary
import WinnowClient

/// `winnow rule …`: merchandising rules of a collection.
enum RuleVerbs {
  private static let name = Positional("NAME", .string, "The rule's name.")
  private static let document = Positional(
    "DOCUMENT", .string, "A JSON object, or the path of a file with one.")

  static let add = Verb(
    command: Command(
      name: "add", summary: "Keep a rule, in the place of one of its name",
      details: """
        A rule says when it acts (words, segment, context, from, until) and what it does (pin, boost, hide, filter, cap, \
        message), such as {"words": {"equal": "red shoes"}, "pin": [{"item": 42, "place": 1}]}.
        """,
      flags: [Session.collectionFlag], positionals: [name, document])
  ) { (session) async throws(Failure) in
    let text = session[Self.document]
    let bytes = text.first == "{" ? Array(text.utf8) : try Files.read(text, limit: Limits.ruleBytesMax)
    let rule = SearchRule(session[Self.name], document: String(decoding: bytes, as: UTF8.self))
    try await session.withCollection { (client, collection) throws(WinnowError) in
      let changed = try await client.keep([rule], of: collection, timeout: session.timeout)
      session.print(
        .object([("rule", .text(rule.name)), ("changed", .int(changed))]),
        human: changed > 0 ? "rule \(rule.name) acts from now on\n" : "rule \(rule.name) stood already\n")
    }
    return .ok
  }

  static let list = Verb(
    command: Command(
      name: "list", summary: "List the rules of a collection", details: "The rules stand in the order of their names.",
      flags: [Session.collectionFlag])
  ) { (session) async throws(Failure) in
    try await session.withCollection { (client, collection) throws(WinnowError) in
      let rules = try await client.rules(of: collection, timeout: session.timeout)
      session.print(
        .list(rules.map(json)),
        human: rules.isEmpty ? "no rules\n" : rules.map { "\($0.name)  \($0.document.visible)\n" }.joined())
    }
    return .ok
  }

  static let show = Verb(
    command: Command(
      name: "show", summary: "Show a rule", details: "The document stands as it was given.",
      flags: [Session.collectionFlag], positionals: [name])
  ) { (session) async throws(Failure) in
    let name = session[Self.name]
    var found: SearchRule?
    try await session.withCollection { (client, collection) throws(WinnowError) in
      found = try await client.rules(of: collection, timeout: session.timeout).first { $0.name == name }
    }
    guard let found else { throw Failure(.failed, "the collection has no rule \(name)") }
    session.print(json(found), human: found.document + "\n")
    return .ok
  }

  static let remove = Verb(
    command: Command(
      name: "remove", summary: "Remove a rule", details: "It does not act any more from the next query on.",
      flags: [Session.collectionFlag], positionals: [name])
  ) { (session) async throws(Failure) in
    let name = session[Self.name]
    try await session.withCollection { (client, collection) throws(WinnowError) in
      let removed = try await client.removeRules([name], of: collection, timeout: session.timeout)
      session.print(
        .object([("rule", .text(name)), ("removed", .int(removed))]),
        human: removed > 0 ? "rule \(name) is removed\n" : "there was no rule \(name)\n")
    }
    return .ok
  }

  private static let input = Positional("FILE", .file, "A rule a line: a JSON object with its name under rule.")

  static let importing = Verb(
    command: Command(
      name: "import", summary: "Keep the rules of a file",
      details: "Each line is a JSON object: the name under rule, and the fields of its document.",
      flags: [Session.collectionFlag], positionals: [input])
  ) { (session) async throws(Failure) in
    let bytes = try Files.read(session[Self.input], limit: 2 * Limits.rulesBytesMax)
    var rules: [SearchRule] = []
    for (number, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
      let value: JSON
      do throws(JSONReader.Mistake) { value = try JSONReader.read(line) } catch {
        throw Failure(.failed, "line \(number + 1): \(error.message) at column \(error.column)")
      }
      guard case .object(let fields) = value, case .text(let name)? = value["rule"] else {
        throw Failure(.failed, "line \(number + 1): a JSON object with a name under rule is needed")
      }
      rules.append(SearchRule(name, document: JSON.object(fields.filter { $0.0.exact != "rule" }).line))
    }
    try await session.withCollection { (client, collection) throws(WinnowError) in
      let changed = try await client.keep(rules, of: collection, timeout: session.timeout)
      session.print(
        .object([("rules", .int(rules.count)), ("changed", .int(changed))]),
        human: "\(Text.grouped(rules.count)) rules, \(Text.grouped(changed)) of them new or changed\n")
    }
    return .ok
  }

  static let exporting = Verb(
    command: Command(
      name: "export", summary: "Print the rules of a collection, one a line",
      details: "A file of these lines is one that 'winnow rule import' reads.", flags: [Session.collectionFlag])
  ) { (session) async throws(Failure) in
    try await session.withCollection { (client, collection) throws(WinnowError) in
      for rule in try await client.rules(of: collection, timeout: session.timeout) {
        StandardStreams.output(json(rule).line + "\n")
      }
    }
    return .ok
  }

  private static func json(_ rule: SearchRule) -> JSON {
    let fields: [(String, JSON)] =
      if case .object(let fields)? = try? JSONReader.read(Array(rule.document.utf8)[...]) { fields } else { [] }
    return .object([("rule", .text(rule.name))] + fields)
  }
}
