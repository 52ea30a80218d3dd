import Arguments
import JSON
import Transport
import Vocabulary
import WinnowClient

/// `winnow cluster status`: the node that answers, its shards and its links.
enum ClusterStatusVerb {
  static let watch = Flag.switch("watch", "Show the state again and again.", group: "Watch")
  static let interval = Flag(
    "interval", .duration(.milliseconds(100) ... .seconds(3600)), "Time between two updates, with --watch.",
    group: "Watch", default: "2s")

  static let verb = Verb(
    command: Command(
      name: "status", summary: "Show the coordinator, its shards and what compression saves",
      details: """
        Exit code 3 if a shard is missing from answers. With --watch the state is shown again and again until the command \
        is interrupted, in place on a terminal, else one block below the other.
        """,
      flags: [watch, interval]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    if session[Self.watch] { return try await watch(session) }
    try session.refuse([Self.interval], "without --watch")
    let view = try await session.withClient { (client) throws(WinnowError) in
      try await look(client, session)
    }
    session.print(json(view), human: text(view))
    return view.status.shards.allSatisfy { $0.missing == nil && $0.isUp } ? .ok : .degraded
  }

  private static func look(
    _ client: WinnowClient, _ session: Session
  ) async throws(WinnowError) -> ClusterView {
    let status = try await client.status(timeout: session.timeout)
    guard status.role == "coordinator" else { return ClusterView(status: status) }
    // One of an earlier version does not know the question; one without a chair, or whose store does not answer or is
    // older than it was, has no moves to tell.
    let coordinators = try? await client.coordinators(timeout: session.timeout)
    let moves: SlotMoves?
    do throws(WinnowError) { moves = try await client.slotMoves(timeout: session.timeout) } catch {
      guard let coordinators, !coordinators.hasChair || coordinators.state != "answers" else { throw error }
      moves = nil
    }
    // A plan that came to its end meanwhile has changed the shares that were read before it.
    return ClusterView(
      status: moves?.state == .atRest ? try await client.status(timeout: session.timeout) : status, moves: moves,
      coordinators: coordinators)
  }

  /// Looks until it is interrupted. A coordinator that cannot be reached is told of, and looked for again.
  private static func watch(_ session: Session) async throws(Failure) -> ExitCode {
    let microseconds = session[Self.interval].wholeMicroseconds
    var screen = WatchScreen(isTerminal: StandardStreams.isOutputTerminal && !session.isJSON)
    try await session.withClient { (client) throws(WinnowError) in
      let clock = client.executor.clock
      var hasSeen = false
      while !Task.isCancelled {
        let next = clock.now().advanced(microseconds: microseconds)
        do throws(WinnowError) {
          let view = try await look(client, session)
          hasSeen = true
          StandardStreams.draw(screen.next(session.isJSON ? json(view).line + "\n" : text(view)))
        } catch {
          if Task.isCancelled { return }
          // At the first look the address may be wrong, or the coordinator down.
          guard hasSeen else { throw error }
          let line = Failure(error, address: session.address).message
          StandardStreams.draw(
            screen.next(
              session.isJSON ? JSON.object([("unreachable", .text(line))]).line + "\n" : "no answer: \(line)\n"))
        }
        await client.executor.sleep(until: next)
      }
    }
    return .ok
  }

  private static func text(_ view: ClusterView) -> String {
    let (status, moves) = (view.status, view.moves)
    let uptime = Double(status.uptime.components.seconds)
    var text =
      "\(status.role) \(status.build), \(status.isDraining ? "draining" : "ready"), up \(Text.seconds(uptime))\n"
    text += "cluster \(status.cluster), shard map \(status.epoch.rawValue)\n"
    text += view.coordinatorsText
    if !status.shards.isEmpty {
      var table = Table([
        ("shard", .right), ("address", .left), ("slots", .right), ("items", .right), ("state", .left),
        ("in answers", .left), ("moving", .left),
      ])
      for shard in status.shards {
        table.add([
          "\(shard.id.rawValue)", shard.address, "\(shard.slots)", Text.grouped(shard.items), shard.state,
          shard.missing.map { "missing: \($0)" } ?? "complete", moving(shard.id, moves),
        ])
      }
      text += "\n" + table.text
    }
    if !status.members.isEmpty { text += "\n" + memberTable(status.members).text }
    if let moves, moves.state != .atRest { text += "\n  \(MoveReport.line(moves))\n" }
    if !status.collections.isEmpty {
      var table = Table([
        ("collection", .left), ("generation", .right), ("items", .right), ("memory", .right), ("model", .left),
      ])
      for collection in status.collections {
        table.add([
          collection.name, "\(collection.generation.rawValue)", Text.grouped(collection.items),
          Text.bytes(collection.memoryBytes), collection.model.map { Text.hexadecimal($0) } ?? "none",
        ])
      }
      text += "\n" + table.text
    }
    if !status.links.isEmpty {
      var table = Table([
        ("link", .left), ("sent", .right), ("on the wire", .right), ("received", .right), ("on the wire", .right),
      ])
      for link in status.links {
        table.add([
          link.peer, Text.bytes(link.rawBytesOut), share(link.wireBytesOut, link.rawBytesOut),
          Text.bytes(link.rawBytesIn), share(link.wireBytesIn, link.rawBytesIn),
        ])
      }
      text += "\n" + table.text
    }
    return text
  }

  /// The members of shards that have several.
  static func memberTable(_ members: [NodeStatus.Member]) -> Table {
    var table = Table([
      ("shard", .right), ("member", .left), ("role", .left), ("state", .left), ("lacks", .right), ("term", .right),
    ])
    for member in members {
      table.add([
        "\(member.shard.rawValue)", member.address, member.isPrimary ? "primary" : "member",
        !member.isConnected ? "down" : member.isInSync ? "in sync" : "catching up", Text.grouped(member.lag),
        "\(member.term)",
      ])
    }
    return table
  }

  static func json(_ member: NodeStatus.Member) -> JSON {
    .object([
      ("shard", .int(Int(member.shard.rawValue))), ("address", .text(member.address)),
      ("primary", .bool(member.isPrimary)), ("in_sync", .bool(member.isInSync)),
      ("connected", .bool(member.isConnected)), ("lag", .id(member.lag)), ("term", .int(Int(member.term))),
    ])
  }

  /// Slots that a shard has still to give or to take.
  private static func moving(_ shard: ShardID, _ moves: SlotMoves?) -> String {
    guard let moves, moves.state != .atRest else { return "" }
    let given = moves.moves.reduce(0) { $0 + ($1.source == shard ? $1.slots : 0) }
    let taken = moves.moves.reduce(0) { $0 + ($1.target == shard ? $1.slots : 0) }
    return [(given, "gives"), (taken, "takes")].filter { $0.0 > 0 }.map { "\($0.1) \($0.0) slots" }.joined(
      separator: ", ")
  }

  private static func share(_ wire: UInt64, _ raw: UInt64) -> String {
    raw == 0 ? "–" : Text.fixed(100 * Double(wire) / Double(raw), 0) + " %"
  }

  private static func json(_ view: ClusterView) -> JSON {
    let (status, moves) = (view.status, view.moves)
    let collections = status.collections.map {
      JSON.object([
        ("name", .text($0.name)), ("generation", .int(Int($0.generation.rawValue))), ("items", .id($0.items)),
        ("memory_bytes", .id($0.memoryBytes)), ("model", .model($0.model)),
      ])
    }
    let shards = status.shards.map {
      JSON.object([
        ("id", .int(Int($0.id.rawValue))), ("address", .text($0.address)), ("slots", .int($0.slots)),
        ("state", .text($0.state)), ("missing", $0.missing.map { .text($0) } ?? .null), ("items", .id($0.items)),
        ("incarnation", .text($0.incarnation)),
      ])
    }
    let links = status.links.map {
      JSON.object([
        ("peer", .text($0.peer)), ("frames_out", .id($0.framesOut)), ("raw_bytes_out", .id($0.rawBytesOut)),
        ("wire_bytes_out", .id($0.wireBytesOut)), ("frames_in", .id($0.framesIn)),
        ("raw_bytes_in", .id($0.rawBytesIn)), ("wire_bytes_in", .id($0.wireBytesIn)),
      ])
    }
    let members = status.members.isEmpty ? [] : [("members", JSON.list(status.members.map(json)))]
    return .object(
      [
        ("role", .text(status.role)), ("draining", .bool(status.isDraining)),
        ("shard", status.shard.map { .int(Int($0.rawValue)) } ?? .null), ("epoch", .int(Int(status.epoch.rawValue))),
        ("uptime_us", .id(status.uptime.wholeMicroseconds)), ("cluster", .text(status.cluster)),
        ("incarnation", .text(status.incarnation)), ("build", .text(status.build)),
        ("collections", .list(collections)), ("shards", .list(shards)), ("links", .list(links)),
        ("moves", moves.map(MoveReport.json) ?? .null), ("metadata", view.metadataJSON),
      ] + members)
  }
}

/// `winnow cluster metrics`: all counters of the coordinator.
enum ClusterMetricsVerb {
  static let verb = Verb(
    command: Command(name: "metrics", summary: "Print the coordinator's counters as Prometheus text"), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let text = try await session.withClient { (client) throws(WinnowError) in
      try await client.metrics(timeout: session.timeout)
    }
    session.print(.object([("prometheus", .text(text))]), human: text)
    return .ok
  }
}

/// `winnow shard list`: which shard keeps which slots.
enum ShardListVerb {
  static let verb = Verb(command: Command(name: "list", summary: "List the shards and their slots"), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let map = try await session.withClient { (client) throws(WinnowError) in
      try await client.shardMap(timeout: session.timeout)
    }
    guard let map else { throw Failure(.failed, "the node has no shard map yet") }
    var table = Table([
      ("shard", .right), ("address", .left), ("weight", .right), ("slots", .right), ("which", .left),
    ])
    for shard in map.shards {
      let runs = shard.slots.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      table.add([
        "\(shard.id.rawValue)", shard.address, "\(shard.weight)", "\(shard.slotCount)",
        runs.joined(separator: " "),
      ])
    }
    let shards = map.shards.map { shard in
      JSON.object([
        ("id", .int(Int(shard.id.rawValue))), ("address", .text(shard.address)), ("weight", .int(shard.weight)),
        ("slot_count", .int(shard.slotCount)),
        ("slots", .list(shard.slots.map { .list([.int($0.lowerBound), .int($0.upperBound)]) })),
      ])
    }
    session.print(
      .object([
        ("epoch", .int(Int(map.epoch.rawValue))), ("cluster", .text(map.cluster)), ("shards", .list(shards)),
      ]), human: "cluster \(map.cluster), shard map \(map.epoch.rawValue)\n" + table.text)
    return .ok
  }
}
