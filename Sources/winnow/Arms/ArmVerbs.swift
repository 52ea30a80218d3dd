import Arguments
import JSON
import Vocabulary
import WinnowClient

/// `winnow model split`, `arms` and `settle`: generations side by side.
enum ArmVerbs {
  static let arm = Flag.repeated(
    "arm", .string,
    "An arm: its name, its generation, and how many of 100 shoppers it answers; the first is what others "
      + "are compared with.", placeholder: "NAME=GENERATION:PERCENT")
  static let shadow = Flag(
    "shadow", .string, "A generation that answers some of 100 queries in the background, where no shopper sees it.",
    placeholder: "GENERATION:PERCENT")
  static let salt = Flag(
    "salt", .int(1...Int.max),
    "By which shoppers are mixed; the same one divides them alike again. A new one if left out.")

  static let split = Verb(
    command: Command(
      name: "split", summary: "Divide the shoppers of a collection between generations",
      details: """
        A shopper has one arm for good. Each arm is a whole generation: items, model and tower; see 'winnow model list'. \
        'winnow model push --arm 10' begins with a new one, which only its own shoppers ever see.
        """,
      flags: [Session.collectionFlag, arm, shadow, salt, SplitFlags.abortIf])
  ) { (session) async throws(Failure) in
    var split = ShopperSplit()
    for text in session[Self.arm] {
      guard let arm = SplitFlags.arm(text, needsName: true) else {
        throw session.usage(Self.arm, "takes NAME=GENERATION:PERCENT, such as new=4:10, not '\(text)'")
      }
      split.arms.append(arm)
    }
    if let text = session[Self.shadow] {
      guard let arm = SplitFlags.arm(text, needsName: false) else {
        throw session.usage(Self.shadow, "takes GENERATION:PERCENT, such as 4:1, not '\(text)'")
      }
      split.shadow = arm
    }
    guard !split.arms.isEmpty || split.shadow != nil else { throw session.usage(Self.arm, "is missing") }
    split.guards = try SplitFlags.guards(session)
    split.salt = UInt64(session[Self.salt] ?? 0)
    let wanted = split
    try await session.withCollection { (client, collection) throws(WinnowError) in
      show(try await client.split(collection, wanted, timeout: session.timeout), session)
    }
    return .ok
  }

  static let arms = Verb(
    command: Command(
      name: "arms", summary: "Show the arms of a collection side by side",
      details: """
        The counts are those of the coordinator that is asked, since it started. For all coordinators, carts, purchases \
        and whether shoppers came as divided: 'winnow log export', then 'winnow log compare --by arm'.
        """, flags: [Session.collectionFlag])
  ) { (session) async throws(Failure) in
    try await session.withCollection { (client, collection) throws(WinnowError) in
      show(try await client.experiment(of: collection, timeout: session.timeout), session)
    }
    return .ok
  }

  static let winner = Positional.optional(
    "ARM", .string, "The arm whose generation serves all from now on; without it, the one that serves goes on.")

  static let settle = Verb(
    command: Command(
      name: "settle", summary: "End the experiment of a collection",
      details: "In one step: no query is answered by the old shares and the new generation at once.",
      flags: [Session.collectionFlag], positionals: [winner])
  ) { (session) async throws(Failure) in
    try await session.withCollection { (client, collection) throws(WinnowError) in
      show(try await client.settle(collection, on: session[Self.winner], timeout: session.timeout), session)
    }
    return .ok
  }

  private static func show(_ experiment: ExperimentDescription, _ session: Session) {
    session.print(json(experiment), human: text(experiment))
  }

  private static func milliseconds(_ microseconds: UInt64, _ queries: UInt64) -> Double {
    queries == 0 ? 0 : Double(microseconds) / Double(queries) / 1000
  }

  private static func json(_ experiment: ExperimentDescription) -> JSON {
    let arms = zip(experiment.split.arms, experiment.counts).map { arm, counts in
      JSON.object([
        ("name", .text(arm.name)), ("generation", .int(Int(arm.generation.rawValue))), ("share", .number(arm.share)),
        ("queries", .id(counts.queries)), ("failures", .id(counts.failures)),
        ("mean_ms", .number(milliseconds(counts.microseconds, counts.queries))), ("clicks", .id(counts.clicks)),
        ("carts", .id(counts.carts)), ("purchases", .id(counts.purchases)), ("difference", .number(counts.difference)),
        ("width", counts.width > 0 ? .number(counts.width) : .null),
      ])
    }
    let shadow = experiment.split.shadow.map { arm in
      JSON.object([
        ("generation", .int(Int(arm.generation.rawValue))), ("share", .number(arm.share)),
        ("queries", .id(experiment.shadow.queries)), ("results", .id(experiment.shadow.results)),
        ("shared", .id(experiment.shadow.shared)), ("correlation", .number(experiment.shadow.correlation)),
        ("mean_ms", .number(milliseconds(experiment.shadow.microseconds, experiment.shadow.queries))),
      ])
    }
    return .object([
      ("state", .text(experiment.state.rawValue)), ("reason", .text(experiment.reason)),
      ("salt", .id(experiment.split.salt)), ("arms", .list(arms)), ("shadow", shadow ?? .null),
    ])
  }

  private static func text(_ experiment: ExperimentDescription) -> String {
    guard experiment.state != .none else { return "no experiment\n" }
    var table = Table([
      ("arm", .left), ("generation", .right), ("share", .right), ("queries", .right), ("failed", .right),
      ("mean ms", .right), ("clicks", .right), ("carts", .right), ("purchases", .right),
      ("clicks a query − first", .right), ("95 % at every look", .left),
    ])
    for (arm, counts) in zip(experiment.split.arms, experiment.counts) {
      let (low, high) = (counts.difference - counts.width, counts.difference + counts.width)
      table.add([
        arm.name, "\(arm.generation.rawValue)", "\(Text.fixed(arm.share * 100, 1)) %", Text.grouped(counts.queries),
        Text.grouped(counts.failures), Text.fixed(milliseconds(counts.microseconds, counts.queries), 2),
        Text.grouped(counts.clicks), Text.grouped(counts.carts), Text.grouped(counts.purchases),
        counts.width > 0 ? Text.fixed(counts.difference, 4) : "–",
        counts.width > 0 ? "\(Text.fixed(low, 4)) … \(Text.fixed(high, 4))" : "–",
      ])
    }
    var lines = "the experiment is \(experiment.state.rawValue)"
    if !experiment.reason.isEmpty { lines += ": \(experiment.reason.visible)" }
    lines += "\n"
    if !experiment.split.arms.isEmpty { lines += table.text }
    if let shadow = experiment.split.shadow {
      let seen = experiment.shadow
      lines +=
        "shadow, generation \(shadow.generation.rawValue): \(Text.grouped(seen.queries)) queries, "
        + "\(Text.grouped(seen.shared)) of \(Text.grouped(seen.results)) results shared, rank correlation "
        + "\(Text.fixed(seen.correlation, 3)), mean \(Text.fixed(milliseconds(seen.microseconds, seen.queries), 2)) ms\n"
    }
    return lines
  }
}
