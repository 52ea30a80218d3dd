import Answers
import Ranking
import Telemetry
import Transport
import Vocabulary
import Wire

/// What was shown to which shopper, by which model, in files of the data directory.
///
/// A query hands its answer over and goes on: what the disk cannot take in time is dropped and counted, never waited for.
final class AnswerLog: Sendable {
  /// What makes an answer's logits once more.
  struct Replay {
    /// Whether rules have added to them.
    var isBoosted = false
    /// The first place of two neighbours that were exchanged.
    var exchanged: Int?
    /// That of the shopper.
    var arm = ""
    /// `nil`: these are not logged.
    var inputs: AnswerInputs?
  }

  private struct State {
    var waiting: [LoggedAnswer] = []
    var bytes = 0
  }

  /// Bytes of answers that wait for the disk.
  static let waitingBytesMax = 32 << 20
  /// Answers are gathered for so long, that a block is worth compressing.
  private static let pauseMicroseconds: UInt64 = 200_000
  /// Who is to be forgotten is looked up as often.
  private static let glanceMicroseconds: UInt64 = 1_000_000
  /// Streams of the draws by request id.
  private static let (inputStream, exchangeStream): (UInt64, UInt64) = (0x696E_7075_7473, 0x6578_6368_616E)

  private let settings: AnswerLogSettings
  private let surroundings: Coordinator.Surroundings
  private let metrics: AnswerMetrics
  private let bell: Bell
  private let state = Lock(State())

  init(_ settings: AnswerLogSettings, _ surroundings: Coordinator.Surroundings, _ registry: MetricRegistry) {
    (self.settings, self.surroundings) = (settings, surroundings)
    metrics = AnswerMetrics(registry)
    bell = Bell(timers: surroundings.timers)
  }

  // MARK: Noting

  /// Whether the answer to a request is logged with its inputs.
  func takesInputs(_ requestID: UInt64) -> Bool {
    settings.takes(requestID) && AnswerLogSettings.draw(requestID, Self.inputStream) < settings.inputRate
  }

  /// The first place, from 0, of the two neighbours that an answer exchanges; `nil`: none.
  ///
  /// - Parameter count: Results that a model has ordered.
  func exchange(_ requestID: UInt64, count: Int) -> Int? {
    guard count > 1, settings.takes(requestID) else { return nil }
    let draw = AnswerLogSettings.draw(requestID, Self.exchangeStream)
    guard draw < settings.exchangeRate else { return nil }
    return min(Int(draw / settings.exchangeRate * Double(count - 1)), count - 2)
  }

  /// Hands an answer over.
  func note(_ request: RankRequest, _ response: RankResponse, _ replay: Replay) {
    guard settings.takes(request.requestID) else { return }
    let answer = LoggedAnswer(request, response, replay, time: surroundings.wallTime)
    let bytes = answer.byteCount
    let isTaken = state.withLock { state in
      guard state.bytes + bytes <= Self.waitingBytesMax else { return false }
      state.bytes += bytes
      state.waiting.append(answer)
      return true
    }
    if isTaken { bell.ring() } else { metrics.dropped(1, .queue) }
  }

  // MARK: Writing

  /// Writes what is handed over, and forgets who is to be forgotten, until the task is cancelled.
  ///
  /// - Parameter forgotten: Who is, at this moment.
  func run(_ forgotten: @escaping @Sendable () -> ForgottenShoppers) async {
    guard settings.bytesMax > 0 else { return }
    var keeper = AnswerKeeper(bytesMax: settings.bytesMax, surroundings, metrics)
    while !Task.isCancelled {
      await bell.wait(until: surroundings.later(Self.glanceMicroseconds))
      await surroundings.sleep(Self.pauseMicroseconds)
      await withTaskExecutorPreference(surroundings.background) { await keep(&keeper, forgotten()) }
    }
    keeper.close()
  }

  /// A function of its own, because the body of `withTaskExecutorPreference` may stay where the caller is.
  @concurrent
  private func keep(_ keeper: inout AnswerKeeper, _ forgotten: ForgottenShoppers) async {
    keeper.keep(take(), forgotten)
  }

  private func take() -> [LoggedAnswer] {
    state.withLock { state in
      defer { state = State() }
      return state.waiting
    }
  }
}

extension LoggedAnswer {
  fileprivate init(
    _ request: RankRequest, _ response: RankResponse, _ replay: AnswerLog.Replay, time: Int64
  ) {
    self.init()
    let (results, report) = (response.results, response.report)
    self.time = time
    requestID = report.requestID
    collection = request.collection
    generation = report.generation.rawValue
    model = results.isRanked ? report.model : 0
    user = request.user?.rawValue
    arm = replay.arm
    words = request.words
    filter = request.filter
    context = request.context.map { feature in
      switch feature.value {
      case .number(let number): Feature(name: feature.name, value: .number(number))
      case .keyword(let word): Feature(name: feature.name, value: .word(word.exact))
      }
    }
    offset = report.page.offset
    rankedCount = results.isRanked ? results.rerankedCount : 0
    shown = results.ids.indices.map { place in
      Shown(item: results.ids[place], retrievalScore: results.retrievalScores[place], logit: results.logits[place])
    }
    (isBoosted, inputs) = (replay.isBoosted, replay.inputs)
    exchanged = replay.exchanged.map { UInt32($0) }
  }
}

extension AnswerInputs {
  /// - Parameter words: What the order of a search by words read of the query; `nil`: there were none.
  init(
    _ gathered: Gathered, _ inputs: CandidateInputs, _ user: UserVectors, _ reranked: RerankOutcome, words: [Float]?
  ) {
    let entries = gathered.merge.entries
    self.init(
      user: user, candidates: inputs, ids: gathered.ids.map(\.rawValue),
      logits: reranked.logits.map { $0?.value.bitPattern },
      words: words.map { query in
        Words(
          query: query, lexical: entries.map(\.lexical), products: entries.map(\.candidate.score.value),
          fused: entries.map(\.fused))
      })
  }
}
