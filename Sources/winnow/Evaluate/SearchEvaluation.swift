import Arguments
import DataSets
import Evaluation
import JSON
import Names
import Ranking
import SocketTransport
import Storage
import Text
import Vocabulary

/// `winnow evaluate --search`: how well a model finds what was searched for, arm by arm.
struct SearchEvaluation {
  private let session: Session
  private let served: ServedModel
  private let ranker: SearchRanker
  private let test: SearchTest
  private let depth: Int
  private var notes: [String] = []
  /// What the searches are of, for the first line.
  private let source: String

  init(_ session: Session) throws(Failure) {
    self.session = session
    try session.refuse(
      [
        EvaluateVerb.protocolName, EvaluateVerb.negatives, EvaluateVerb.seed, EvaluateVerb.cold, EvaluateVerb.k,
        EvaluateVerb.testFile, ImportRun.pseudonymKeyFile, EvaluateVerb.baselines, EvaluateVerb.against,
        EvaluateVerb.fairness, EvaluateVerb.userGroup, EvaluateVerb.mostPer, EvaluateVerb.live,
        Session.collectionFlag, EvaluateVerb.concurrency, EvaluateVerb.waitMax,
      ], "with --search")
    let directory = try EvaluateVerb.dataDirectory(session)
    depth = session[EvaluateVerb.depth] ?? 100
    guard depth >= 10 else { throw session.usage(EvaluateVerb.depth, "is less than the 10 that count") }
    var options = TestSet.Options()
    options.keepsKnown = session[EvaluateVerb.keepKnown]
    let kinds = session[EvaluateVerb.testEvents].compactMap { EventKind(word: $0) }
    if !kinds.isEmpty { options.kinds = Set(kinds) }
    if let text = session[EvaluateVerb.split] {
      guard let choice = SplitChoice(text), choice != .file else {
        throw session.usage(EvaluateVerb.split, "is not last, validation or a date such as date:2011-10-01")
      }
      options.choice = choice
    }
    do throws(DataError) {
      served = try ServedModel.read(session[EvaluateVerb.model], on: RealDisk(), withTexts: true)
      let words: SearchRanker?
      do throws(TextError) { words = try SearchRanker(served) } catch {
        throw DataError("lexicon.bin", .malformed, error.text)
      }
      guard let words else {
        throw DataError(
          served.model.words == nil ? "lexicon.bin" : "schema.json", .conflict, "the model is not searched by words",
          advice: "'winnow train --text' makes one that is")
      }
      ranker = words
      let read = try DataSet.read(directory, on: RealDisk())
      if let path = session[EvaluateVerb.judgements] {
        var judgements = try Judgements(InputFile(path)) { (id) throws(DataError) in
          try DataError.naming { () throws(NameError) in try read.data.items.position(of: id) }
        }
        if let good = session[EvaluateVerb.good] { judgements.scale.good = Float(good) }
        test = SearchTest(judgements, read.data, learned: Histories(read.data.interactions), served.ids)
        source = "judged searches, good from \(judgements.scale.good)"
        guard !test.searches.isEmpty else {
          throw DataError(path, .noRows, "no query has a good item", advice: "give --good a lower relevance")
        }
      } else {
        // A test file has users and items, and no words.
        options.choice = options.choice ?? .last
        let events = try TestSet(read, held: served.heldOut, options)
        test = SearchTest(events, read.data, served.ids)
        source = "searches of the log, split \(events.choice.text)"
        notes = events.warnings(served.heldOut)
        guard !test.searches.isEmpty else {
          throw DataError(
            "interactions.tsv", .noRows, "no tested event came from a search",
            advice: "a log says it by a column query; --judgements FILE tests by what people judged")
        }
      }
    } catch { throw Failure(error) }
  }

  /// Searches and counts.
  func report() throws(Failure) -> SearchReport {
    let line = Lock(Progress("searching", unit: .searches, total: test.searches.count, clock: SystemClock()))
    let threads = session[EvaluateVerb.threads] ?? ComputePool.coreCount
    let outcome: SearchOutcome
    do throws(TextError) {
      outcome = try SearchOutcome(ranker, test, depth: depth, threads: threads) { done in
        line.withLock { $0.advance(to: done) }
      }
    } catch { throw Failure(.failed, error.text) }
    line.withLock { $0.finish() }
    var report = SearchReport(outcome, count: test.searches.count, threads: threads)
    report.title =
      "model \(served.model.manifest.name) (\(Text.hexadecimal(served.model.id))) on "
      + "\(Text.grouped(test.searches.count)) \(source), among \(Text.grouped(served.ids.count)) items, "
      + "the best \(Text.grouped(depth)) of each list"
    report.facts = [
      ("model", .model(served.model.id)), ("name", .text(served.model.manifest.name)), ("source", .text(source)),
      ("searches", .int(test.searches.count)), ("items", .int(served.ids.count)), ("depth", .int(depth)),
    ]
    report.notes = notes
    return report
  }
}
