import Answers
import Arguments
import Evaluation
import JSON
import Names
import SocketTransport
import Vocabulary
import WinnowClient

/// `winnow log export`: what was shown, and what came of it, as a log that training reads.
enum LogExportVerb {
  static let out = Flag.required("out", .outputFile, "The log, as tab-separated values.")
  static let window = Flag(
    "window", .duration(.seconds(1) ... .seconds(30 * 86_400)),
    "How long after an answer an event still comes of it.", default: "30m")
  static let acted = Flag.switch("acted", "Only impressions that something came of.")

  static let unbiased = Flag.switch(
    "unbiased",
    "With a column value that makes up for places: how rarely the place is looked at, by answers in which "
      + "neighbours were exchanged (--exchange-rate of the coordinator).")

  static let verb = Verb(
    command: Command(
      name: "export", summary: "Write what was shown and what came of it into a log that 'winnow import tsv' reads",
      details: """
        A row is an impression: an item that an answer showed. Its event is the strongest that came of it within --window \
        (purchase, cart, rating, click), else 'impression'. With --unbiased import with \
        '--weights click=value,cart=2*value,purchase=4*value'. Events are those that the cluster keeps at this moment; an event \
        belongs to the answer whose request id it has, else to the last one that showed the item to the shopper. For \
        training on positives alone, import with '--weights view=0', or export with --acted.
        """,
      flags: AnswerFiles.flags + [out, window, acted, unbiased, OutputFile.force] + OwnIDs.flags,
      positionals: [AnswerFiles.directory]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    var files = try AnswerFiles(session)
    let own = try await OwnIDs(session)
    let names = Names(users: try own.userTable(), items: try own.itemTable())
    let file = try OutputFile(session[Self.out], .impressions, force: session[OutputFile.force])
    let found: (collection: String, events: [AnswerJoin.Event])? = try await session.withClient {
      (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return nil }
      return (collection, try await events(client, collection, session.timeout))
    }
    guard let found else { throw session.needsCollection() }
    var answers: [LoggedAnswer] = []
    let isWhole = try files.read { (answer) throws(Failure) in
      guard answer.collection == found.collection else { return }
      answers.append(answer)
      answers[answers.count - 1].inputs = nil
    }
    let join = AnswerJoin(
      answers, found.events, window: Int64(clamping: session[Self.window].wholeMicroseconds))
    let examination = session[Self.unbiased] ? try examination(answers, join) : nil
    try file.write(line: FileForm.impressionColumns)
    var (rows, acted) = (0, 0)
    for impression in join.impressions {
      if impression.event != nil { acted += 1 } else if session[Self.acted] { continue }
      guard let line = names.line(impression, answers[impression.answer], examination) else { continue }
      try file.write(line: line)
      rows += 1
    }
    try file.finish()
    let anonymous = answers.count { $0.user == nil }
    session.print(
      .object([
        ("answers", .int(answers.count)), ("anonymous", .int(anonymous)),
        ("impressions", .int(join.impressions.count)), ("acted", .int(acted)),
        ("unjoined_events", .int(join.unjoinedCount)), ("decay", examination.map { .number($0.decay) } ?? .null),
        ("rows", .int(rows)), ("file", .text(session[Self.out])),
      ]),
      human: "\(Text.grouped(answers.count)) answers, \(Text.grouped(anonymous)) of them to no known shopper, showed "
        + "\(Text.grouped(join.impressions.count)) items; something came of \(Text.grouped(acted)).\n"
        + "\(Text.grouped(join.unjoinedCount)) events came of no answer of this log.\n"
        + (examination.map {
          "A place p is looked at p^-\(Text.fixed($0.decay, 2)) as often as the first, by \(Text.grouped($0.clickCount)) events.\n"
        } ?? "") + "\(Text.grouped(rows)) rows in \(session[Self.out].visible)\n")
    return isWhole ? .ok : .failed
  }

  /// What exchanged neighbours say of places.
  private static func examination(_ answers: [LoggedAnswer], _ join: AnswerJoin) throws(Failure) -> Examination {
    var acted = answers.map { $0.shown.map { _ in false } }
    for impression in join.impressions where impression.event != nil {
      acted[impression.answer][impression.result] = true
    }
    let views = zip(answers, acted).lazy.filter { $0.0.offset == 0 }.map { answer, acted in
      Examination.View(exchanged: answer.exchanged.map { Int($0) }, acted: acted)
    }
    switch Examination.estimate(views) {
    case .success(let examination): return examination
    case .failure(let few):
      throw Failure(
        .failed,
        "only \(few.count) of the events came of results that were exchanged, and \(Examination.clicksMin) are needed",
        advice: "log answers with --exchange-rate of the coordinator for longer, or leave out --unbiased")
    }
  }

  /// The events of all shoppers that can come of an answer.
  private static func events(
    _ client: WinnowClient, _ collection: String, _ timeout: Duration?
  ) async throws(WinnowError) -> [AnswerJoin.Event] {
    var events: [AnswerJoin.Event] = []
    _ = try await AllHistories(client: client, collection: collection, timeout: timeout).read { histories, _ in
      for event in histories.lazy.flatMap(\.events) where !event.isFast {
        guard let item = event.item, let time = event.time else { continue }
        events.append(
          AnswerJoin.Event(
            user: event.user.rawValue, item: item.rawValue, action: event.action, time: time,
            requestID: event.requestID))
      }
      return nil
    }
    return events
  }

  /// The ids as the shop has them.
  private struct Names {
    let users: IDDictionary?
    let items: IDDictionary?

    /// A row; `nil` for an impression of no known shopper, of which nothing can be learned.
    func line(_ impression: AnswerJoin.Impression, _ answer: LoggedAnswer, _ examination: Examination?) -> String? {
      guard let user = answer.user ?? impression.event?.user else { return nil }
      let item = answer.shown[impression.result].item
      let place = Int(answer.offset) + impression.result + 1
      let value = impression.event == nil ? 1 : examination?.weight(ofPlace: place) ?? 1
      return [
        users?.name(ofID: user) ?? "\(user)", items?.name(ofID: item) ?? "\(item)",
        impression.event?.action.word ?? "impression", "\((impression.event?.time ?? answer.time) / 1000)",
        "\(place)", Text.hexadecimal(answer.requestID),
        "\(answer.generation)", Text.hexadecimal(answer.model), answer.arm, Text.number(value), answer.words,
      ].map { field in String(field.map { "\t\r\n".contains($0) ? " " : $0 }) }.joined(separator: "\t")
    }
  }
}

extension FileForm {
  /// The columns of a log of impressions.
  static let impressionColumns = "user\titem\tevent\ttime_ms\tplace\trequest\tgeneration\tmodel\tarm\tvalue\tquery"
  static let impressions = FileForm(name: "a log of winnow log export", marks: [impressionColumns])
}
