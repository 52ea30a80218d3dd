import Transport
public import Vocabulary
import Wire

/// Writes a stream of changes into a collection: batches, several in flight, and no faster than the cluster takes them.
///
/// Changes of one id are made in the order in which they come. Each stream of writes has a number of its own and at most
/// one op in flight, which is what lets a server recognise a batch that is sent again.
public struct Feeder: Sendable {
  /// How a feeder cuts and sends.
  public struct Options: Hashable, Sendable {
    /// Items of a batch at most, 1…4,096.
    public var itemsPerBatch = Limits.upsertItemsMax
    /// Bytes of a batch at most, about.
    public var bytesPerBatch = 1 << 20
    /// Streams of writes: batches in flight at most.
    public var writers = 4
    /// The generation to write into; `nil`: the active one.
    public var generation: Generation?
    /// The budget of each batch, resends included; `nil`: that of the client.
    public var timeout: Duration?
    /// How long a cluster may take nothing, for want of room or of a shard, before the feed ends.
    public var waitMax = Duration.zero
    /// Where an earlier feed of the same source, with the same options, had come, a position a writer; empty: begin.
    public var positions: [FeedPosition] = []

    /// The defaults.
    public init() {}
  }

  /// A change with a number of the caller's choice, such as its line.
  public struct Element: Sendable {
    public let tag: Int
    public let change: FeedChange
    /// The condition on the item's version for the change; `nil`: none.
    public let expecting: ExpectedVersion?
    /// A checksum of the row that the change was read from, to tell sources apart; 0 if the feed does not resume.
    public let check: UInt32

    /// An element of a feed.
    public init(tag: Int, change: FeedChange, expecting: ExpectedVersion? = nil, check: UInt32 = 0) {
      self.tag = tag
      self.change = change
      self.expecting = expecting
      self.check = check
    }

    /// A whole item to write.
    public init(tag: Int, item: Item) { self.init(tag: tag, change: .upsert(item)) }
  }

  /// A change that was not made.
  public struct Rejection: Hashable, Sendable {
    public let tag: Int
    public let item: ItemID
    /// Why, in words.
    public let reason: String
  }

  /// An event of a feed that runs.
  public enum Event: Sendable {
    /// A stream has come so far: kept, it is where a later feed goes on. Told before its next op is sent.
    case settled(writer: Int, FeedPosition)
    /// The cluster does not take what it was sent; it will be sent again.
    case waiting(WinnowError?)
  }

  private let client: WinnowClient
  private let collection: String
  private let schema: CollectionSchema
  private let options: Options

  /// A feeder into a collection with this schema.
  public init(_ client: WinnowClient, collection: String, schema: CollectionSchema, options: Options = Options()) {
    // The feed itself waits, and sends again only what is open.
    self.client = client.waiting(atMost: .zero)
    self.collection = collection
    self.schema = schema
    self.options = options
  }

  /// As many new positions as there are writers, to be kept before a feed begins at them.
  public func newPositions() -> [FeedPosition] {
    (0..<max(1, options.writers)).map { _ in FeedPosition(writer: client.writers.newWriter()) }
  }

  /// Makes all changes that `next` gives until it gives `nil`; asks for the next one only when there is room.
  ///
  /// - Parameters:
  ///   - progress: Told after each answer what has become of the feed so far.
  ///   - rejected: Told of each change that the collection cannot take, or whose shard did not answer.
  ///   - event: Told of what else happens.
  /// - Returns: What became of the feed; its `failure` says why it ended early.
  public func feed(
    next: () async -> Element?, progress: (FeedSummary) -> Void = { _ in }, rejected: (Rejection) -> Void = { _ in },
    event: (Event) -> Void = { _ in }
  ) async -> FeedSummary {
    var summary = FeedSummary()
    var lanes = (options.positions.isEmpty ? newPositions() : options.positions).map { FeedLane($0) }
    var pace = FeedPace(widthMax: lanes.count, waitMax: options.waitMax)
    await withTaskGroup(of: FeedAttempt.self) { group in
      /// Takes in one answer; there is one in flight.
      func takeAnswer() async {
        guard let attempt = await group.next() else { return }
        if attempt.hasAdvanced { pace.settle() }
        if !attempt.open.isEmpty, attempt.isWorthRepeating, summary.failure == nil, !Task.isCancelled,
          let wait = pace.refuse(
            retryAfterMilliseconds: attempt.failure?.retryAfterMilliseconds ?? 0, draw: client.random.next(),
            now: client.executor.clock.now())
        {
          event(.waiting(attempt.failure))
          group.addTask { await self.made(attempt, after: wait) }
          return
        }
        summary.add(attempt, isMeasured: options.generation != nil, rejected)
        if attempt.open.isEmpty {
          event(.settled(writer: attempt.lane, attempt.part.position))
        } else {
          summary.failure = summary.failure ?? attempt.failure ?? WinnowError(.unreachable("a shard did not answer"))
        }
        progress(summary)
        sendPart(attempt.lane)
      }
      /// Sends the next part of a lane's batch; without one the lane is free.
      func sendPart(_ lane: Int) {
        let part = summary.failure == nil ? lanes[lane].waiting.popFirst() : nil
        lanes[lane].isBusy = part != nil
        if let part { group.addTask { await self.made(FeedAttempt(lane: lane, part: part)) } }
      }
      func sendBatch(_ lane: Int) async {
        while lanes[lane].isBusy || lanes.count(where: \.isBusy) >= pace.width { await takeAnswer() }
        guard summary.failure == nil else { return }
        let settled = lanes[lane].settledBefore
        for part in lanes[lane].takeBatch() {
          guard part.position.op <= settled.op else {
            lanes[lane].waiting.append(part)
            continue
          }
          summary.itemsSkipped += part.elements.count
          if part.position.op == settled.op, part.position != settled { summary.failure = Self.otherSource }
        }
        sendPart(lane)
      }

      while summary.failure == nil, !Task.isCancelled, let element = await next() {
        summary.itemsRead += 1
        if let fault = element.change.fault(under: schema) {
          summary.itemsRejected += 1
          rejected(Rejection(tag: element.tag, item: element.change.id, reason: fault))
          continue
        }
        let lane = Int(element.change.id.rawValue % UInt64(lanes.count))
        if lanes[lane].has(element) { await sendBatch(lane) }
        lanes[lane].append(element)
        if lanes[lane].count >= min(options.itemsPerBatch, Limits.upsertItemsMax)
          || lanes[lane].byteCount >= options.bytesPerBatch
        {
          await sendBatch(lane)
        }
      }
      if Task.isCancelled { summary.failure = summary.failure ?? WinnowError(.cancelled) }
      for lane in lanes.indices { await sendBatch(lane) }
      while lanes.contains(where: \.isBusy) { await takeAnswer() }
    }
    if summary.failure == nil, lanes.contains(where: { $0.position.op < $0.settledBefore.op }) {
      summary.failure = Self.otherSource
    }
    return summary
  }

  private static let otherSource = WinnowError(
    invalid: "this is not the source, or not the options, of the feed that is to be resumed", code: .conflict)

  /// Sends what is open of a part, after a while.
  private func made(_ attempt: FeedAttempt, after microseconds: UInt64 = 0) async -> FeedAttempt {
    if microseconds > 0 {
      await client.executor.sleep(until: client.executor.clock.now().advanced(microseconds: microseconds))
    }
    var attempt = attempt
    do throws(WinnowError) {
      guard !Task.isCancelled else { throw WinnowError(.cancelled) }
      attempt.take(try await send(attempt.openElements, attempt.part))
    } catch { attempt.take(error) }
    return attempt
  }

  private func send(_ elements: [Element], _ part: FeedLane.Part) async throws(WinnowError) -> WriteOutcome {
    let (writer, op) = (part.position.writer, part.position.op)
    let generation = options.generation ?? Generation(0)
    let expecting = elements.contains { $0.expecting != nil } ? elements.map(\.expecting) : []
    switch part.opcode {
    case .upsert:
      let items = elements.compactMap { if case .upsert(let item) = $0.change { item } else { nil } }
      var request = try UpsertRequest(
        items, schema: schema, collection: collection, expecting: expecting, writer: writer, op: op)
      request.generation = generation
      return try await client.send(request, timeout: options.timeout)
    case .update:
      let updates = elements.compactMap { if case .update(let update) = $0.change { update } else { nil } }
      var request = try UpdateRequest(
        updates, schema: schema, collection: collection, expecting: expecting, writer: writer, op: op)
      request.generation = generation
      return try await client.send(request, timeout: options.timeout)
    default:
      let request = DeleteRequest(
        collection: collection, generation: generation, writer: writer, op: op,
        ids: elements.map(\.change.id.rawValue),
        expectedVersions: try ExpectedVersion.numbers(expecting, count: elements.count))
      return try await client.send(request, timeout: options.timeout)
    }
  }
}
