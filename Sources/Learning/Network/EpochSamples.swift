import DataSets
import Vocabulary

/// The pairs of one epoch in their order: every event, and negatives drawn for it.
///
/// Where a pair stands and which negative it is depend on seed, epoch and event only.
struct EpochSamples {
  private let log: Interactions
  private let sampler: NegativeSampler
  private let options: TrainingOptions
  private let retrievalScores: RankingTrainer.RetrievalScores?
  private let random: CounterRandom
  /// A permutation of the pairs, or of the events under a grouped loss.
  private let order: [UInt32]
  /// The network's inputs of events; `nil`: none, so that a pair need not name its event.
  private let side: SideInputs?
  /// `nil`: there are none.
  private let strangers: StrangerEpoch?

  init(
    _ log: Interactions, _ sampler: NegativeSampler, _ options: TrainingOptions,
    retrievalScores: RankingTrainer.RetrievalScores? = nil,
    epoch: Int, side: SideInputs = SideInputs(), strangers: StrangerEpoch? = nil
  ) {
    self.strangers = strangers
    self.side = side.events == nil ? nil : side
    self.log = log
    self.retrievalScores = retrievalScores
    self.sampler = sampler
    self.options = options
    random = CounterRandom(seed: options.seed, stream: 0x1000 + UInt64(epoch))
    var order = [UInt32](0..<UInt32(Self.unitCount(log, options)))
    var shuffle = SplitMix64(seed: random.bits(.max))
    for i in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(i, shuffle.below(i + 1)) }
    self.order = order
  }

  /// What is put in order: pairs, or events under a grouped loss.
  static func unitCount(_ log: Interactions, _ options: TrainingOptions) -> Int {
    options.loss.isGrouped ? log.count : log.count * (1 + options.negatives)
  }

  static func stepCount(_ log: Interactions, _ options: TrainingOptions) -> Int {
    (unitCount(log, options) + options.batchSize - 1) / options.batchSize
  }

  /// Fills `batch` with the pairs of a step.
  func fill(_ batch: inout PairBatch, step: Int) {
    batch.removeAll()
    let start = step * options.batchSize
    let size = 1 + options.negatives
    let units = order[start..<min(start + options.batchSize, order.count)]
    for unit in units {
      if options.loss.isGrouped {
        for place in 0..<size { append(Int(unit), place, to: &batch) }
      } else {
        append(Int(unit) / size, Int(unit) % size, to: &batch)
      }
    }
    if let retrievalScores { batch.retrievalScores = retrievalScores(batch.users, batch.items, events(step: step)) }
  }

  /// The event of each pair of a step.
  func events(step: Int) -> [Int] {
    let size = 1 + options.negatives
    let units = order[step * options.batchSize..<min((step + 1) * options.batchSize, order.count)]
    return units.flatMap { unit in
      options.loss.isGrouped ? Array(repeating: Int(unit), count: size) : [Int(unit) / size]
    }
  }

  private func append(_ event: Int, _ place: Int, to batch: inout PairBatch) {
    let user = log.users[event]
    let factor = options.userWeights?[Int(user)] ?? 1
    let weight = log.weights[event] * factor
    // Negatives share the moment of their event: the network must not tell them apart by it.
    if side != nil { batch.events.append(UInt32(event)) }
    guard place > 0 else { return batch.append(user, log.items[event], 1, weight) }
    let item = sampler.draw(
      for: Int(user), random, UInt64(event * options.negatives + place - 1), place: place - 1,
      isThere: side.map { side in { side.isThere($0, event: event) } },
      // Of a stranger no more is known than the session: what the shopper had is no other choice that they made.
      own: { strangers?.row(of: event) == nil ? side?.owned?.left(user: Int(user), event: event) ?? [] : [] })
    batch.append(user, UInt32(item), 0, options.loss.isGrouped ? weight : factor)
  }
}
