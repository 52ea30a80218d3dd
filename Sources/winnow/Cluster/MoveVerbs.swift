import Arguments
import JSON
import Transport
import Vocabulary
import WinnowClient

/// The verbs that change which shard keeps which slots: each shows its plan, then follows it to the end.
enum MoveVerbs {
  static let dryRun = Flag.switch("dry-run", "Only show the plan.", group: "Moving")
  static let throttle = Flag(
    "throttle", .byteSize(1...(1 << 50)), "Limit of the copying, in bytes a second; without it 16 MiB.", group: "Moving"
  )
  static let verify = Flag.switch(
    "verify", "Compare both shards' items of the slots before the slots change hands.", group: "Moving")
  static let wait = Flag.switch("wait", "Follow the moves to their end.", group: "Moving", default: true)

  private static let flags: [any Argument] = [dryRun, throttle, verify, wait]

  private static let follows = """
    Shows the plan, then moves slots in small batches while the cluster answers: no query fails or changes its answer, \
    and writes to the slots that just change hands wait for a moment. The coordinator does it: interrupting this command \
    only ends the display. 'winnow cluster pause', 'resume' and 'cancel' steer it, 'winnow cluster status' shows it.
    """

  /// Advice for errors that mean something else where shards are changed.
  private static let advice = [
    "CONFLICT": "'winnow shard list' shows the shards and their slots, 'winnow cluster status' what moves",
    "NO_REPLICA": "'winnow cluster status' shows which shards answer; a shard to be added has to run already",
  ]

  private static let shard = Positional("SHARD", .int(0...65_534), "Its number, from 'winnow shard list'.")

  static let weight = Flag(
    "weight", .int(1...65_535), "Its share in relation to the other shards, which have 100.", default: "100")
  static let address = Positional("ADDRESS", .address, "Where the new shard listens.")

  static let add = Verb(
    command: Command(
      name: "add", summary: "Add a shard and give it its share of the items",
      details: "The shard has to run, and to be new: without a cluster and without data. " + follows,
      flags: [weight] + flags, positionals: [address])
  ) { (session) async throws(Failure) in
    let address = session[Self.address].description
    let weight = session[Self.weight]
    return try await run(session) { (client, options) throws(WinnowError) in
      try await client.addShard(address, weight: weight, options, timeout: session.timeout)
    }
  }

  static let drain = Verb(
    command: Command(
      name: "drain", summary: "Give all items of a shard to the others",
      details: follows + " A shard that is drained is taken out with 'winnow shard remove', then it can be stopped.",
      flags: flags, positionals: [shard])
  ) { (session) async throws(Failure) in
    let shard = id(session, Self.shard)
    return try await run(session) { (client, options) throws(WinnowError) in
      try await client.drainShard(shard, options, timeout: session.timeout)
    }
  }

  static let from = Flag.required("from", .int(0...65_534), "The shard that gives slots.")
  static let to = Flag.required("to", .int(0...65_534), "The shard that takes them.")
  static let slots = Positional("SLOTS", .int(1...Limits.slotCount), "How many of the 4,096 slots.")

  static let move = Verb(
    command: Command(
      name: "move", summary: "Move a number of slots from one shard to another",
      details: follows + " The weights stay as they are, so 'winnow cluster rebalance' moves the slots back.",
      flags: [from, to] + flags, positionals: [slots])
  ) { (session) async throws(Failure) in
    let (slots, from, to) = (session[Self.slots], id(session, Self.from), id(session, Self.to))
    return try await run(session) { (client, options) throws(WinnowError) in
      try await client.moveSlots(slots, from: from, to: to, options, timeout: session.timeout)
    }
  }

  static let rebalance = Verb(
    command: Command(
      name: "rebalance", summary: "Give each shard its share of the items", details: follows, flags: flags)
  ) { (session) async throws(Failure) in
    try await run(session) { (client, options) throws(WinnowError) in
      try await client.rebalance(options, timeout: session.timeout)
    }
  }

  static let remove = Verb(
    command: Command(
      name: "remove", summary: "Take an empty shard out of the cluster",
      details: "The shard must keep no slots: 'winnow shard drain' empties it. Then its process can be stopped.",
      flags: [dryRun.with(summary: "Only show whether it could be removed.", group: "Flags")], positionals: [shard])
  ) { (session) async throws(Failure) in
    let (shard, isDryRun) = (id(session, Self.shard), session[Self.dryRun])
    let moves = try await session.withClient(advice: advice) { (client) throws(WinnowError) in
      try await client.removeShard(shard, isDryRun: isDryRun, timeout: session.timeout)
    }
    session.print(
      .object([
        ("shard", .int(Int(shard.rawValue))), ("removed", .bool(!isDryRun)), ("epoch", .int(Int(moves.epoch.rawValue))),
      ]),
      human: isDryRun
        ? "shard \(shard.rawValue) keeps no slots and can be removed\n"
        : "shard \(shard.rawValue) is removed (shard map \(moves.epoch.rawValue)): its process can be stopped\n")
    return .ok
  }

  static let pause = steering("pause", "Pause the moving of slots") { (client, session) throws(WinnowError) in
    try await client.pauseMoves(timeout: session.timeout)
  }

  static let resume = steering(
    "resume", "Go on with the moving of slots",
    flags: [
      throttle.with(
        summary: "Limit of the copying, in bytes a second; without it as before.", group: "Flags")
    ]
  ) { (client, session) throws(WinnowError) in
    try await client.resumeMoves(
      bytesPerSecond: session[Self.throttle], timeout: session.timeout)
  }

  static let cancel = steering(
    "cancel", "End the moving of slots; what has moved stays where it is"
  ) { (client, session) throws(WinnowError) in
    try await client.cancelMoves(timeout: session.timeout)
  }

  private static func steering(
    _ name: String, _ summary: String, flags: [any Argument] = [],
    _ step: @escaping @Sendable (WinnowClient, Session) async throws(WinnowError) -> SlotMoves
  ) -> Verb {
    Verb(command: Command(name: name, summary: summary, flags: flags)) { (session) async throws(Failure) in
      let moves = try await session.withClient(advice: advice) { (client) throws(WinnowError) in
        try await step(client, session)
      }
      session.print(MoveReport.json(moves), human: MoveReport.line(moves) + "\n")
      return .ok
    }
  }

  private static func id(_ session: Session, _ argument: some Argument<Int>) -> ShardID {
    ShardID(UInt16(clamping: session[argument]))
  }

  /// Shows the plan, begins it and follows it.
  private static func run(
    _ session: Session,
    _ step: @escaping @Sendable (WinnowClient, MoveOptions) async throws(WinnowError) -> SlotMoves
  ) async throws(Failure) -> ExitCode {
    var options = MoveOptions(
      isDryRun: true, verifies: session[Self.verify],
      bytesPerSecond: session[Self.throttle])
    let onlyPlans = session[Self.dryRun]
    let waits = session[Self.wait]
    let planOptions = options
    options.isDryRun = false
    let moveOptions = options
    // The moves go on where a poll finds no room, and so does who follows them.
    let moves: SlotMoves = try await session.withClient(
      waitMax: waits ? MoveWatch.waitMax : .zero, advice: advice
    ) { (client) throws(WinnowError) in
      let plan = try await step(client, planOptions)
      if !session.isJSON { StandardStreams.output(MoveReport.plan(plan)) }
      guard !onlyPlans else { return plan }
      let begun = try await step(client, moveOptions)
      guard waits else { return begun }
      var watch = MoveWatch(begun, clock: client.executor.clock)
      return try await watch.follow(client, timeout: session.timeout)
    }
    if session.isJSON {
      StandardStreams.output(MoveReport.json(moves).text + "\n")
    } else if !onlyPlans, moves.slots > 0 {
      StandardStreams.output(MoveReport.line(moves) + "\n")
    }
    guard moves.state == .stopped || moves.state == .paused, waits else { return .ok }
    throw Failure(
      .failed, moves.reason.isEmpty ? "the moves are paused" : "the moves stopped: \(moves.reason)",
      advice: "'winnow cluster resume' goes on, 'winnow cluster cancel' ends them")
  }
}
