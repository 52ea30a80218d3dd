import Arguments
import Learning
import Ranking
import SocketTransport
import Text
import Towers

/// The last stage of a training with texts: the text tower, then how much words, texts and shopper count.
struct TextStage {
  private let words: TextFit
  private let place: TrainPlace
  private let reporter: TrainReporter

  init(_ words: TextFit, _ place: TrainPlace, _ reporter: TrainReporter) {
    (self.words, self.place, self.reporter) = (words, place, reporter)
  }

  /// - Parameter judged: The tower of behaviour that does not know what was held out.
  /// - Returns: `nil` if it was interrupted, and can be gone on with.
  func run(_ judged: RetrievalTower) throws(Failure) -> (settings: SearchSettings, record: SearchRecord)? {
    if let checkpoint = try place.interruptedText() {
      try Failure.wrap { () throws(ModelError) in try words.resume(checkpoint) }
    }
    var failure: Failure?
    let isDone = try naming { () throws(TextError) in
      try words.train(
        onPass: { pass in
          reporter.textPass(pass)
          do throws(Failure) {
            try place.keep(text: try Failure.wrap { () throws(ModelError) in try words.checkpoint() })
          } catch { failure = error }
        }, shouldStop: { failure != nil || Task.isCancelled })
    }
    if let failure { throw failure }
    guard isDone else {
      reporter.note("interrupted between passes of the text tower")
      return nil
    }
    let weights = try naming { () throws(TextError) in try words.weights(judged) }
    reporter.searchWeights(weights)
    return (weights.settings, words.record(weights))
  }

  private func naming<Value>(_ body: () throws(TextError) -> Value) throws(Failure) -> Value {
    do throws(TextError) { return try body() } catch { throw Failure(.failed, error.text) }
  }
}
