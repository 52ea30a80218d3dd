import Arguments
import Evaluation
import SocketTransport
import Storage
import Vocabulary

/// `winnow evaluate`: how good a model is on events that it has not learned from.
enum EvaluateVerb {
  static let split = Flag(
    "split", .string,
    "Tested events: test (test.tsv of DATA), last (each user's last), date:2011-10-01 (from then on), validation; "
      + "without it test.tsv if DATA has one, else last.", group: "Test", placeholder: "RULE")
  static let testFile = Flag(
    "test", .file,
    "Test on this table by the ids of the log: columns user, item and, if each is ranked among given items, candidates "
      + "with spaces between them.", group: "Test")
  static let testEvents = Flag.list(
    "test-events", .choice(["view", "click", "cart", "purchase", "rating"]), "Test on events of these kinds alone.",
    group: "Test", placeholder: "KIND")
  static let protocolName = Flag(
    "protocol", .choice(["full", "ncf"]),
    "full: among the whole catalogue; ncf: among the test file's negatives or as many drawn ones, to compare with "
      + "the paper.", group: "Test", default: "full")
  static let negatives = Flag(
    "negatives", .int(1...100_000), "Negatives drawn for a case of --protocol ncf.", group: "Test", default: "99")
  static let keepKnown = Flag.switch(
    "keep-known", "Also rank items that users have had before, for shops where people buy again.", group: "Test")
  static let seed = Flag("seed", .int(0...Int.max), "The seed of the negatives.", group: "Test", default: "1")
  static let cold = Flag.switch(
    "cold",
    "Also hide the users from the model: how it serves them by 0, 1, 2, 5 and 10 known events, beside popularity, and "
      + "whether its probabilities hold.", group: "Test")
  static let search = Flag.switch(
    "search",
    "Test search by words: the tested events that came from a search, by words, by vector, by both and re-ranked, with "
      + "the shopper and without.", group: "Search")
  static let judgements = Flag(
    "judgements", .file,
    "With --search: instead of the log, this table of query, item and relevance, by the ids of the log.",
    group: "Search")
  static let good = Flag(
    "good", .double(-1e6...1e6),
    "From this relevance on a judged item is good; without it, the upper third of the table's scale.", group: "Search",
    placeholder: "RELEVANCE")
  static let k = Flag.list(
    "k", .int(1...Limits.kMax), "Number of first places that count.", group: "Ranking", default: "10")
  static let depth = Flag(
    "depth", .int(1...Limits.depthMax), "Candidates to re-rank; ten times the largest k if left out.", group: "Ranking")
  static let threads = Flag("threads", .int(1...256), "Threads; all cores if left out.", group: "Ranking")
  static let baselines = Flag.list(
    "baselines", .choice(["none"] + Baseline.allCases.map(\.rawValue)), "Baselines to show beside the model.",
    group: "Comparison", default: "popularity,item-neighbours", placeholder: "NAME")
  static let against = Flag(
    "against", .string, "A baseline or another model directory, to show the paired difference to.", group: "Comparison",
    placeholder: "BASELINE|MODEL")
  static let require = Flag.repeated(
    "require", .string, "A bound such as 'ndcg@10>=0.39'; exit code 4 if it is missed.", group: "Comparison",
    placeholder: "BOUND")
  static let fairness = Flag.list(
    "fairness", .string,
    "Who is shown: exposure by price_band, popularity_decile or attributes of items, beside what was wanted.",
    group: "Fairness", placeholder: "ATTRIBUTE")
  static let userGroup = Flag.list(
    "user-group", .string, "Who is served well: NDCG by activity or attributes of users.", group: "Fairness",
    placeholder: "ATTRIBUTE")
  static let diversity = Flag.switch(
    "diversity", "What diversity at ten λ costs in NDCG, beside how alike the first places are.", group: "Fairness")
  static let exposureOver = Flag(
    "exposure-over-time", .string,
    "What steering the exposure of price_band, popularity_decile or an attribute of items costs in NDCG, at ten strengths.",
    group: "Fairness", placeholder: "ATTRIBUTE")
  static let draw = Flag(
    "draw", .outputFile, "Draw the NDCG against these into an SVG file.", group: "Fairness", placeholder: "FILE")
  static let mostPer = MostPer.flag.with(
    summary: "The effect of a cap of M results with one value, as in 'winnow query'.",
    group: "Fairness")
  static let live = Flag(
    "live", .address,
    "Ask this coordinator too; its answers and figures must be the same. Partial answers are counted "
      + "apart, exit code 3.", group: "Cluster")
  static let concurrency = Flag(
    "concurrency", .int(1...1000), "Limit of queries in flight.", group: "Cluster", default: "4")
  static let waitMax = Session.waitMax.with(
    summary: "How long a query may wait for room in the cluster.", group: "Cluster")
  static let log = Flag(
    "log", .file,
    "Judge a policy by the log of another one: a table with columns item, propensity and click, and perhaps place and "
      + "user. MODEL is the policy then: uniform, or column:NAME for a column with its probabilities.",
    group: "Log of choices")
  static let logColumns = Flag.list(
    "log-columns", .string, "The columns of a log without a header, in their order.", group: "Log of choices",
    placeholder: "NAME")
  static let actions = Flag(
    "actions", .int(1...10_000_000), "How many items could have been shown; those of the log if left out.",
    group: "Log of choices")
  static let isPrivate = Flag(
    "private", .string,
    "Print means under noise alone, which may be shown to others, and enter them in the ledger of DATA.",
    group: "Privacy", placeholder: "epsilon=0.5,delta=1e-6")
  static let model = Positional("MODEL", .file, "A model directory; with --log a policy.")
  static let data = Positional.optional("DATA", .file, "A data set directory; none with --log.")

  private static let flags: [any Argument] = [
    split, testFile, testEvents, ImportRun.pseudonymKeyFile, protocolName, negatives, keepKnown, seed, cold, search,
    judgements, good, k, depth,
    threads, baselines, against, require, fairness,
    userGroup, diversity, exposureOver, draw, OutputFile.force, mostPer, live, Session.collectionFlag, concurrency,
    waitMax, isPrivate, log, logColumns, actions,
  ]

  static let verb = Verb(
    command: Command(
      name: "evaluate", summary: "Measure how good a model is, with intervals and beside baselines",
      details: """
        MODEL is a directory that 'winnow train' wrote, DATA one that 'winnow import' wrote. Each user's held-out items are \
        ranked among the whole catalogue without what the user is known to have had, as a cluster would: the best --depth \
        by inner product, then the network. Choose settings with --split validation, which tests on what training held \
        out for that; look at the test once for each model that you report. Intervals hold 95 of 100 means when users \
        are drawn again and again; differences are paired.
        """,
      flags: flags,
      positionals: [model, data]), run: run)

  /// What `--log` reads.
  private static let ofLog: [any Argument] = [log, logColumns, actions, seed]

  /// The data set directory, which only `--log` does without.
  static func dataDirectory(_ session: Session) throws(Failure) -> String {
    guard let directory = session[Self.data] else { throw session.usage(Self.data, "is missing") }
    return directory
  }

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    if let path = session[Self.log] {
      let names = Set(ofLog.map(\.row.name))
      try session.refuse(
        flags.filter { !names.contains($0.row.name) } + [Self.data], "with --log, which judges a policy alone")
      let evaluation = try LogEvaluation(session, path)
      session.print(evaluation.json, human: evaluation.text)
      return .ok
    }
    try session.refuse([logColumns, actions], "without --log")
    guard session[Self.search] else {
      try session.refuse([judgements, good], "without --search")
      return try await events(session)
    }
    try session.refuse([isPrivate], "with --search")
    try session.refuse(
      session.isGiven(judgements) ? [split, testEvents, keepKnown] : [good],
      session.isGiven(judgements) ? "with --judgements, which say what is tested" : "without --judgements")
    var report = try SearchEvaluation(session).report()
    try require(session) { report.require($0) }
    session.print(report.json, human: report.text)
    return report.passed ? .ok : .thresholdMissed
  }

  private static func events(_ session: Session) async throws(Failure) -> ExitCode {
    let run = try EvaluationRun(session)
    if let text = session[isPrivate] { return try run.tellPrivately(text) }
    var report = try await run.report()
    try require(session) { report.require($0) }
    session.print(report.json, human: report.text)
    return !report.passed ? .thresholdMissed : report.isDegraded ? .degraded : .ok
  }

  /// Adds the bounds that were given.
  private static func require(_ session: Session, _ add: (Requirement) -> Bool) throws(Failure) {
    for text in session[Self.require] {
      guard let requirement = Requirement(text), add(requirement) else {
        throw session.usage(Self.require, "has '\(text)', which is not such as 'ndcg@10>=0.39' with a --k of this run")
      }
    }
  }
}
