import Transport
public import Vocabulary
import Wire

/// Writes a stream of items into a collection: batches, several in flight, and no faster than the cluster takes them.
///
/// Items of one id are written in the order in which they come. Each stream of writes has a number of its own and at most
/// one batch in flight, which is what lets a server recognise a batch that is sent again.
public struct Feeder: Sendable {
  /// How a feeder cuts and sends.
  public struct Options: Hashable, Sendable {
    /// Items of a batch at most, 1…4,096.
    public var itemsPerBatch = Limits.upsertItemsMax
    /// Bytes of a batch at most, about.
    public var bytesPerBatch = 1 << 20
    /// Batches in flight at most.
    public var writers = 4
    /// The generation to write into; `nil`: the active one.
    public var generation: Generation?
    /// The budget of each batch, resends included; `nil`: that of the client.
    public var timeout: Duration?

    /// The defaults.
    public init() {}
  }

  /// An item with a number of the caller's choice, such as its line.
  public struct Element: Sendable {
    public let tag: Int
    public let item: Item

    /// An element of a feed.
    public init(tag: Int, item: Item) {
      self.tag = tag
      self.item = item
    }
  }

  /// An item that was not written.
  public struct Rejection: Hashable, Sendable {
    public let tag: Int
    public let item: ItemID
    /// Why, in words.
    public let reason: String
  }

  private let client: WinnowClient
  private let collection: String
  private let schema: CollectionSchema
  private let options: Options

  /// A feeder into a collection with this schema.
  public init(_ client: WinnowClient, collection: String, schema: CollectionSchema, options: Options = Options()) {
    self.client = client
    self.collection = collection
    self.schema = schema
    self.options = options
  }

  /// Writes all items that `next` gives until it gives `nil`; asks for the next one only when there is room.
  ///
  /// - Parameters:
  ///   - progress: Told after each answer what has become of the feed so far.
  ///   - rejected: Told of each item that the collection cannot take, or whose shard did not answer.
  /// - Returns: What became of the feed; its `failure` says why it ended early.
  public func feed(
    next: () async -> Element?, progress: (FeedSummary) -> Void = { _ in }, rejected: (Rejection) -> Void = { _ in }
  ) async -> FeedSummary {
    var summary = FeedSummary()
    var lanes = (0..<max(1, options.writers)).map { _ in FeedLane(writer: client.newWriter()) }
    let bytesPerItem = 4 * (schema.embeddingDimension + schema.rerankDimension) + 16
    await withTaskGroup(of: Answer.self) { group in
      /// Takes in one answer; there is one in flight.
      func takeAnswer() async {
        guard let answer = await group.next() else { return }
        lanes[answer.lane].isBusy = false
        summary.add(answer, isMeasured: options.generation != nil, rejected)
        progress(summary)
      }
      func send(_ lane: Int) async {
        while lanes[lane].isBusy { await takeAnswer() }
        guard summary.failure == nil, let batch = lanes[lane].takeBatch() else { return }
        group.addTask { await self.write(batch, lane: lane) }
      }

      while summary.failure == nil, !Task.isCancelled, let element = await next() {
        summary.itemsRead += 1
        if let fault = element.item.fault(under: schema) {
          summary.itemsRejected += 1
          rejected(Rejection(tag: element.tag, item: element.item.id, reason: fault))
          continue
        }
        let lane = Int(element.item.id.rawValue % UInt64(lanes.count))
        lanes[lane].append(element, byteCount: bytesPerItem + element.item.attributeByteCount)
        if lanes[lane].elements.count >= min(options.itemsPerBatch, Limits.upsertItemsMax)
          || lanes[lane].byteCount >= options.bytesPerBatch
        {
          await send(lane)
        }
      }
      if Task.isCancelled { summary.failure = summary.failure ?? WinnowError(.cancelled) }
      for lane in lanes.indices { await send(lane) }
      while lanes.contains(where: \.isBusy) { await takeAnswer() }
    }
    return summary
  }

  /// What became of a batch.
  struct Answer: Sendable {
    let lane: Int
    let elements: [Element]
    let result: Result<WriteOutcome, WinnowError>
  }

  private func write(_ batch: FeedLane.Batch, lane: Int) async -> Answer {
    let result: Result<WriteOutcome, WinnowError>
    do throws(WinnowError) {
      var request = try UpsertRequest(
        batch.elements.map(\.item), schema: schema, collection: collection, writer: batch.writer, op: batch.op)
      request.generation = options.generation ?? Generation(0)
      result = .success(try await client.send(request, timeout: options.timeout))
    } catch { result = .failure(error) }
    return Answer(lane: lane, elements: batch.elements, result: result)
  }
}

extension Item {
  /// About how many bytes the attributes take on the wire.
  fileprivate var attributeByteCount: Int {
    attributes.reduce(0) { count, value in
      switch value {
      case nil: count
      case .int, .float, .bool: count + 8
      case .keyword(let text), .text(let text): count + 8 + text.utf8.count
      case .keywordSet(let words): count + 8 + words.reduce(0) { $0 + 4 + $1.utf8.count }
      }
    }
  }
}
