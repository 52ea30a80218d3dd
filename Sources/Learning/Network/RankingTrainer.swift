package import DataSets
import Kernels
package import Ranking

/// Trains a ranking network on a log: epochs of drawn samples, early stopping, checkpoints.
package final class RankingTrainer {
  /// Where a run stands, told after every step.
  package struct Progress: Sendable {
    /// From 0.
    package let epoch, step: Int
    package let steps: Int
    /// Of the epoch so far.
    package let report: StepReport
    package let rate: Float
  }

  /// One finished epoch.
  package struct Epoch: Sendable, Equatable {
    package let loss, accuracy: Double
    /// The figure of the validation, higher is better; `nil` without one.
    package let validation: Double?
  }

  /// Why a run ended.
  package enum Ending: Sendable, Equatable {
    case finished
    /// No better validation for as many epochs as the options' patience.
    case stoppedEarly
    case interrupted
    /// A loss was not finite.
    case diverged
  }

  /// The scores of pairs, `[n]`, of which each stands for an event of the log.
  package typealias RetrievalScores = (_ users: [UInt32], _ items: [UInt32], _ events: [Int]) -> [Float]

  package let network: RankingNetwork
  package let options: TrainingOptions
  let optimiser: RankingOptimiser
  private let log: Interactions
  private let sampler: NegativeSampler
  private let retrievalScores: RetrievalScores?
  private let strangers: Strangers?
  /// The mean of all users' vectors when the epoch began, which strangers are served with.
  var strangerVector: [Float]
  /// The parameters of the best validation so far.
  let best: RankingNetwork
  var state = TrainingState()

  /// Trains `network` from the parameters that it has.
  ///
  /// - Parameters:
  ///   - known: What users have had and so is no negative; `nil`: the log.
  ///   - candidates: Where the options' hard negatives come from.
  ///   - strangers: They meet the options' shares of events; `nil`: none does.
  ///   - retrievalScores: What the network learns from in place of the scores of its own tower.
  package init(
    _ network: RankingNetwork, _ log: Interactions, _ options: TrainingOptions, known: Histories? = nil,
    candidates: CandidateLists? = nil, strangers: Strangers? = nil, retrievalScores: RetrievalScores? = nil
  ) {
    precondition(log.count > 0, "a log with events")
    precondition(
      log.userCount <= network.users.rowCapacity && log.itemCount <= network.items.rowCapacity, "a row for every index")
    self.network = network
    self.log = log
    self.options = options
    self.retrievalScores = retrievalScores
    self.strangers = options.strangerShare + options.sessionShare > 0 ? strangers : nil
    strangerVector = network.meanUser
    optimiser = RankingOptimiser(network, options)
    sampler = NegativeSampler(
      known ?? Histories(log), options.distribution, candidates: candidates, hardCount: options.hardNegatives)
    best = network.extended(userCount: network.users.rowCapacity, itemCount: network.items.rowCapacity)
  }

  /// The finished epochs.
  package var history: [Epoch] { state.history }

  /// The vector of strangers if an epoch goes on with it, and there are strangers.
  var midEpochStrangerVector: [Float]? { strangers == nil || state.step == 0 ? nil : strangerVector }

  /// The epoch, from 0, of `result`; `nil` if none is finished.
  package var bestEpoch: Int? { state.bestEpoch }

  /// The network to use: the parameters of the best epoch, of the latest one without validation; those that `network`
  /// has now if no epoch is finished.
  package var result: RankingNetwork { state.bestEpoch == nil ? network : best }

  /// Runs until the epochs are done, validation no longer improves, or `shouldStop` says so (asked after every step);
  /// the best parameters are kept in any case, and a later call goes on from where this one ended.
  ///
  /// - Parameters:
  ///   - validate: A figure of merit, higher is better, asked after every epoch.
  ///   - onEpoch: Told of every finished epoch, when a checkpoint of it can be taken.
  package func run(
    validate: ((RankingNetwork) -> Double)? = nil, onProgress: (Progress) -> Void = { _ in },
    onEpoch: (RankingTrainer) -> Void = { _ in }, shouldStop: () -> Bool = { false }
  ) -> Ending {
    let steps = EpochSamples.stepCount(log, options)
    var batch = PairBatch()
    while state.epoch < options.epochs {
      if let patience = options.patience, state.epochsSinceBest >= patience { return .stoppedEarly }
      if state.step == 0 { strangerVector = network.meanUser }
      let strangers = strangers.map { StrangerEpoch($0, options, epoch: state.epoch) }
      let samples = EpochSamples(
        log, sampler, options, retrievalScores: retrievalScores, epoch: state.epoch, side: network.side,
        strangers: strangers)
      while state.step < steps {
        samples.fill(&batch, step: state.step)
        batch.strangers = strangers?.rows(of: samples.events(step: state.step), vector: strangerVector)
        let rate = options.learningRate.rate(
          step: state.epoch * steps + state.step, of: options.epochs * steps, stepsPerEpoch: steps)
        let report = optimiser.step(batch, rate: rate)
        guard report.lossSum.isFinite else { return .diverged }
        state.report += report
        state.step += 1
        onProgress(
          Progress(epoch: state.epoch, step: state.step - 1, steps: steps, report: state.report, rate: rate))
        if shouldStop() { return .interrupted }
      }
      let validation = validate?(network)
      state.finishEpoch(validation)
      if state.epochsSinceBest == 0 { best.copy(network) }
      onEpoch(self)
    }
    return .finished
  }

  /// The batches of an epoch, as a run with these options draws them.
  package static func samples(_ log: Interactions, _ options: TrainingOptions, epoch: Int) -> [PairBatch] {
    let samples = EpochSamples(log, NegativeSampler(Histories(log), options.distribution), options, epoch: epoch)
    return (0..<EpochSamples.stepCount(log, options)).map { step in
      var batch = PairBatch()
      samples.fill(&batch, step: step)
      return batch
    }
  }

  /// Everything that a later run needs to go on as if it had not been interrupted, as a safetensors file.
  package func checkpoint() -> [UInt8] { TrainingCheckpoint.write(self) }

  /// Takes over a checkpoint of a run with the same log, network and options.
  ///
  /// - Throws: `wrongShape` for a checkpoint of another network, and what is wrong with a damaged file.
  package func resume(_ checkpoint: [UInt8]) throws(ModelError) { try TrainingCheckpoint.read(checkpoint, into: self) }
}
