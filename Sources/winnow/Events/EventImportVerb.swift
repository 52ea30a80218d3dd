import Arguments
import Bytes
import DataSets
import JSON
import Names
import SocketTransport
import Vocabulary
import WinnowClient

/// `winnow event import`: sends the events of a log.
enum EventImportVerb {
  static let resume = Flag(
    "resume", .outputFile, "A file that keeps how far the import is; with it an import that was killed goes on.")
  static let log = Positional("LOG", .file, "The log; - is standard input.")

  static let verb = Verb(
    command: Command(
      name: "import", summary: "Send the events of a log: TSV, CSV or JSON Lines, gzip or not",
      details: """
        The log is read as by 'winnow import tsv'. Rows that are no events, and events of users and items that the \
        dictionary does not have, are counted and left out.
        """,
      flags: [Session.collectionFlag, resume] + LogFlags.reading + OwnIDs.flags,
      positionals: [log]), run: run)

  /// What was left out, and what became of the rest.
  private struct Tally {
    var outcome: EventOutcome?
    var rows = 0
    var faults = 0
    var strangers = 0
    var passedOver = 0

    mutating func add(_ outcome: EventOutcome) {
      if self.outcome == nil { self.outcome = outcome } else { self.outcome? += outcome }
    }
  }

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let own = try await OwnIDs(session)
    let (users, items) = (try own.userTable(), try own.itemTable())
    let key = own.key
    let options = try LogFlags.log(session)
    let (path, clock) = (session[Self.log], SystemClock())
    let input: InputFile
    var reader: EventReader
    do throws(DataError) {
      input = try InputFile(path)
      reader = try EventReader(input, options)
    } catch { throw Failure(error) }
    var state = ResumeFile.State(flags: .text(path), positions: [FeedPosition(writer: UInt64.random(in: 1 ... .max))])
    var place: ResumeFile?
    if let resume = session[Self.resume] {
      if let old = try ResumeFile.read(resume) {
        guard old.flags == state.flags, old.positions.count == 1 else {
          throw session.usage(Self.resume, "is the place of another import")
        }
        state = old
      }
      place = try ResumeFile(resume, state)
    }
    let (begin, file) = (state.positions[0], place)
    let tally: Result<Tally?, Failure> = try await session.withClient { (client) throws(WinnowError) in
      guard let collection = try await session.collection(client) else { return .success(nil) }
      var progress = Progress("sent", unit: .items, total: nil, clock: clock)
      var tally = Tally()
      var (op, check): (UInt64, UInt32) = (0, 0)
      while true {
        var batch: [UserEvent] = []
        do throws(DataError) {
          while batch.count < Limits.eventsMax, let event = try reader.next({ _, _ in tally.faults += 1 }) {
            tally.rows += 1
            if let known = Self.event(event, users, items, key) { batch.append(known) } else { tally.strangers += 1 }
          }
        } catch { return .failure(Failure(error)) }
        guard !batch.isEmpty else { break }
        op += 1
        for event in batch { check = CRC32C.checksum(Array("\(check) \(event)".utf8)) }
        guard op >= begin.op else {
          tally.passedOver += batch.count
          continue
        }
        do throws(Failure) {
          guard op > begin.op || check == begin.check else {
            throw Failure(.conflict, "the log is not the one of the import that was interrupted", name: "CONFLICT")
          }
          if op > begin.op { try file?.note(0, FeedPosition(writer: begin.writer, op: op, check: check)) }
        } catch { return .failure(error) }
        let outcome = try await client.send(
          batch, to: collection, writer: begin.writer, op: op, timeout: session.timeout)
        tally.add(outcome)
        guard outcome.isSettled else { break }
        progress.advance(to: tally.rows)
      }
      progress.finish()
      return .success(tally)
    }
    guard let tally = try tally.get() else { throw session.needsCollection() }
    let isSettled = tally.outcome?.isSettled ?? true
    if isSettled { try place?.remove() }
    print(tally, session)
    return isSettled ? .ok : .unreachable
  }

  /// An event in the numbers of the wire; `nil`: a dictionary does not have its user or item.
  private static func event(
    _ event: Event, _ users: IDDictionary?, _ items: IDDictionary?, _ key: Pseudonyms?
  ) -> UserEvent? {
    func number(_ name: String, _ dictionary: IDDictionary?, _ key: Pseudonyms?) -> UInt64? {
      guard let dictionary else { return UInt64(digits: name) }
      if let place = try? dictionary.position(of: name, key) { return dictionary.ids[place] }
      return IDDictionary.number(name)
    }
    guard let user = number(event.user, users, key), let item = number(event.item, items, nil),
      let action = ShopperAction(word: event.kind.word)
    else { return nil }
    let time = (event.time ?? 0).multipliedReportingOverflow(by: 1000)
    guard !time.overflow, time.partialValue >= 0 else { return nil }
    var known = UserEvent(action, by: UserID(user), item: ItemID(item), time: event.time.map { _ in time.partialValue })
    known.value = Float(event.value)
    known.place = Int(event.place ?? 0)
    return known
  }

  private static func print(_ tally: Tally, _ session: Session) {
    session.print(
      .object(
        [
          ("rows", .int(tally.rows)), ("no_events", .int(tally.faults)), ("not_in_dictionary", .int(tally.strangers)),
          ("sent_before", .int(tally.passedOver)),
        ] + (tally.outcome?.fields ?? [])),
      human: "\(Text.grouped(tally.rows)) rows"
        + (tally.faults > 0 ? ", beside \(Text.grouped(tally.faults)) that are no events" : "")
        + (tally.strangers > 0 ? ", \(Text.grouped(tally.strangers)) of users or items without a number" : "")
        + (tally.passedOver > 0 ? ", \(Text.grouped(tally.passedOver)) sent before" : "") + "\n"
        + (tally.outcome.map { $0.words + "\n" } ?? ""))
  }
}
