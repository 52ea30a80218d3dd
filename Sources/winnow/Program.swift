import Arguments
import WinnowClient

/// The table of commands, and which code each runs.
enum Program {
  static let command = Command(
    name: "winnow", summary: "Ask, feed and run a Winnow cluster",
    details: """
      Winnow ranks the items of a shop for a shopper: shards find the best candidates exactly, the coordinator re-ranks \
      them with a model. Every flag may also come from its environment variable or from a config file. A flag marked ",…" \
      takes several values with commas between them, and may be repeated; \\, is a comma within a value, \\\\ a backslash.
      Exit codes: 0 ok, 1 failed, 2 usage, 3 minimum coverage not met, 4 a check failed, 5 unreachable or timed out, 6 not allowed, 7 conflict, \
      130 interrupted.
      """,
    flags: [
      Session.coordinator, Session.format, Session.json, Session.timeout, Session.tlsDirectory, Session.tlsName,
      Session.keyFile,
    ],
    subcommands: groups.map(\.command))

  /// A command of the first level: a verb, or a noun with its verbs.
  struct Group: Sendable {
    let command: Command
    let verbs: [Verb]

    init(_ verb: Verb) {
      command = verb.command
      verbs = [verb]
    }

    init(_ name: String, _ summary: String, _ verbs: [Verb]) {
      command = Command(name: name, summary: summary, subcommands: verbs.map(\.command))
      self.verbs = verbs
    }
  }

  static let groups = [
    Group(QueryVerb.verb), Group(FeedVerb.verb),
    Group("item", "Look up, change and remove items", [ItemGetVerb.verb, ItemUpdateVerb.verb, ItemDeleteVerb.verb]),
    Group(
      "collection", "Make, describe and drop collections",
      [CollectionCreateVerb.verb, CollectionListVerb.verb, CollectionDescribeVerb.verb, CollectionDropVerb.verb]),
    Group(
      "cluster", "Show the state of a cluster, and balance it",
      [
        ClusterStatusVerb.verb, ClusterQualityVerb.verb, ClusterEventsVerb.verb, ClusterRecoverVerb.verb,
        ClusterMetricsVerb.verb, MoveVerbs.rebalance, MoveVerbs.pause, MoveVerbs.resume, MoveVerbs.cancel,
      ]),
    Group(
      "shard", "Show which shard has which slots; add, drain and remove shards",
      [ShardListVerb.verb, MoveVerbs.add, MoveVerbs.drain, MoveVerbs.remove, MoveVerbs.move]),
    Group(
      "replica", "Show, add and remove the members of shards, and say which one takes the writes",
      [
        ReplicaVerbs.list, ReplicaVerbs.add, ReplicaVerbs.remove, ReplicaVerbs.promote, ReplicaCanStopVerb.verb,
      ]),
    Group(
      "model", "Give a collection its model, and take it back",
      [
        ModelPushVerb.verb, ModelCompressVerb.verb, ModelDescribeVerb.verb, ModelListVerb.verb, ModelRollbackVerb.verb,
        ModelDiscardVerb.verb, ArmVerbs.split, ArmVerbs.arms, ArmVerbs.settle,
      ]),
    Group(
      "import", "Make data sets from logs, or a synthetic shop",
      [ImportTableVerb.verb, ImportMovieLensVerb.verb, ImportSequencesVerb.verb, ImportSyntheticVerb.verb]),
    Group("pseudonym", "Change the key of pseudonyms", [PseudonymRotateVerb.verb]),
    Group(ValidateVerb.verb), Group(TrainVerb.verb), Group(EvaluateVerb.verb), Group(LoopVerb.verb),
    Group(
      "rule", "Keep merchandising rules of a collection",
      [
        RuleVerbs.add, RuleVerbs.list, RuleVerbs.show, RuleTestVerb.verb, RuleVerbs.remove, RuleVerbs.importing,
        RuleVerbs.exporting,
      ]),
    Group(
      "federate", "Learn together with other shops, which see sums alone",
      [
        FederateOfferVerb.verb, FederateKeyVerb.verb, FederateJoinVerb.verb, FederateSumVerb.verb,
        FederateFinishVerb.verb,
      ]),
    Group(
      "privacy", "Account for what private models tell of users", [PrivacyAccountVerb.verb, PrivacyStatusVerb.verb]),
    Group(
      "snapshot", "Write all items of a cluster into a snapshot, and restore them",
      [SnapshotCreateVerb.verb, SnapshotListVerb.verb, SnapshotVerifyVerb.verb, SnapshotRestoreVerb.verb]),
    Group(
      "event", "Say what shoppers did, and keep it",
      [
        EventSendVerb.verb, EventImportVerb.verb, EventExportVerb.verb, EventTailVerb.verb, EventSettingsVerb.verb,
      ]),
    Group("user", "Show and forget users", [UserShowVerb.verb, UserForgetVerb.verb, UserDeleteVerb.verb]),
    Group(IDVerb.verb),
    Group(
      "log", "Show what the coordinator has noted: slow queries, and what it has answered",
      [SlowLogVerb.verb, LogAnswersVerb.verb, LogExportVerb.verb, LogReplayVerb.verb, LogCompareVerb.verb]),
    Group("text", "Look at the words of items and queries", [TextBuildVerb.verb, TextAnalyseVerb.verb]),
    Group(
      "tls", "Make and show the certificates of a cluster",
      [TLSIssueVerbs.initial, TLSIssueVerbs.issue, TLSShowVerb.verb]),
    Group(
      "key", "Make and end the keys of clients",
      [KeyNewVerbs.new, KeyListVerbs.list, KeyNewVerbs.rotate, KeyListVerbs.revoke]),
    Group("audit", "Check what a coordinator has noted of who did what", [AuditVerifyVerb.verb]),
    Group("wire", "Look into the protocol", [WireDecodeVerb.verb]),
    Group(BenchVerb.verb), Group(PingVerb.verb), Group(EchoVerb.verb),
  ]

  /// The chosen verb.
  static func verb(_ session: Session) -> Verb {
    let path = session.values.path.dropFirst()
    guard let group = groups.first(where: { $0.command.name == path.first }),
      let verb = group.verbs.first(where: { $0.command.name == path.last })
    else { preconditionFailure("every row of the table has a verb") }
    return verb
  }

  /// Runs the chosen verb and tells the person what went wrong, if something did.
  static func run(_ session: Session) async -> ExitCode {
    do throws(Failure) {
      try OutputGuard.check(session.values)
      return try await verb(session).run(session)
    } catch {
      session.report(error)
      return error.code
    }
  }
}

/// A command that does something.
struct Verb: Sendable {
  let command: Command
  let run: @Sendable (Session) async throws(Failure) -> ExitCode
  /// Whether it is waited for when the person interrupts it; a second interrupt ends it at once.
  var finishesWhenInterrupted = false
}
