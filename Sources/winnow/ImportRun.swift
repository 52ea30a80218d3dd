import Arguments
import Glibc
import Names
import Ranking
import Storage
import Training
import Vocabulary

/// What all imports of behaviour have in common: cleaning, dictionaries, pseudonyms and the files they write.
struct ImportRun {
  static let flags =
    [
      Flag("out", .file, "The directory to write.", isRequired: true, placeholder: "DIRECTORY"),
      Flag(
        "dictionaries", .file, "Go on with the dictionaries of an earlier import or model, so that numbers stay.",
        placeholder: "DIRECTORY"),
      Flag(
        "pseudonym-key-file", .file,
        "Write users as the start of HMAC-SHA256 of their ids, by this key of mode 600; no raw id is kept."),
    ] + cleaningFlags

  static let cleaningFlags = [
    Flag(
      "weights", .string, "How much events count, as KIND=NUMBER, KIND=value or KIND=NUMBER*value.", group: "Cleaning",
      default: EventWeights().text, occurrence: .list, placeholder: "KIND=WEIGHT"),
    Flag("min-value", .double, "Drop events of a lower value, such as ratings below 4.", group: "Cleaning"),
    Flag("min-user-events", .int(1...1_000_000), "Drop users with fewer events.", group: "Cleaning", default: "1"),
    Flag(
      "min-item-events", .int(1...1_000_000),
      "Drop items with fewer events; repeated with users until all have enough.",
      group: "Cleaning", default: "1"),
    Flag("not-before", .string, "Earlier times are impossible.", group: "Cleaning", default: "1990-01-01"),
    Flag("not-after", .string, "Later times are impossible; without it, a day from now.", group: "Cleaning"),
    Flag("keep-duplicates", .bool, "Keep repeats of the same user, item, event, value and time.", group: "Cleaning"),
    Flag(
      "bot-events-per-hour", .int(0...Int(Int32.max)),
      "Users with more events in an hour are dropped if they are as regular or as narrow as programs; 0 keeps all.",
      group: "Cleaning", default: "600"),
  ]

  let session: Session

  /// The rules that the flags say.
  func rules() throws(Failure) -> CleaningRules {
    let values = session.values
    var rules = CleaningRules()
    rules.weights = try weights()
    rules.valueMin = values.optional("min-value", as: Double.self).map { Float($0) }
    rules.userEventsMin = values.value("min-user-events")
    rules.itemEventsMin = values.value("min-item-events")
    rules.keepsDuplicates = values.value("keep-duplicates")
    rules.timeMin = try time("not-before") ?? 0
    rules.timeMax = try time("not-after") ?? (Int64(Glibc.time(nil)) + 86_400) * 1000
    let perHour: Int = values.value("bot-events-per-hour")
    rules.bots?.eventsPerHourMax = perHour
    if perHour == 0 { rules.bots = nil }
    return rules
  }

  /// The weights of events alone.
  func weights() throws(Failure) -> EventWeights {
    guard let weights = EventWeights(session.values.all("weights", as: String.self)) else {
      throw session.usage("weights", "is not such as click=2, rating=value and purchase=3*value")
    }
    return weights
  }

  private func time(_ name: String) throws(Failure) -> Int64? {
    guard let text = session.values.optional(name, as: String.self) else { return nil }
    guard let time = Timestamp.parse(Array(text.utf8)[...]) else {
      throw session.usage(name, "is no time such as 2026-01-31 or 2026-01-31T12:00:00Z")
    }
    return time
  }

  /// Cleans, numbers and writes what was read.
  func finish(_ source: DataSource) throws(Failure) -> ExitCode {
    let rules = try rules()
    let cleaning = Cleaning(source.log, rules)
    let report = CleaningReport(source.log, cleaning, weights: rules.weights)
    let out = session.values.value("out", as: String.self)
    let result: (data: DataSet, files: [(name: String, bytes: [UInt8])])
    do throws(DataError) {
      guard !cleaning.kept.isEmpty else {
        throw DataError(
          source.log.name, .noRows, "no event stays: " + (report.dropped.first?.reason ?? "there is none"),
          advice: "see --not-before, --min-user-events and the other flags of cleaning")
      }
      let pseudonyms = try session.values.optional("pseudonym-key-file", as: String.self).map {
        (path) throws(DataError) in
        try DataError.naming { () throws(NameError) in try Pseudonyms(keyFile: path) }
      }
      let (users, items) = try dictionaries(pseudonyms)
      let data = try DataSet(
        source.log, cleaning, items: source.items, users: source.users, userDictionary: users, itemDictionary: items,
        pseudonyms: pseudonyms)
      var test: [TestCase] = []
      if let paths = source.test {
        test = try TestCase.readNCF(ratings: InputFile(paths.ratings), negatives: InputFile(paths.negatives)) {
          (name) throws(DataError) in
          try DataError.naming { () throws(NameError) in try data.users.position(of: name, pseudonyms) }
        } item: { (name) throws(DataError) in
          try DataError.naming { () throws(NameError) in try data.items.position(of: name) }
        }
      }
      result = (data, data.files(report, test: test))
    } catch {
      throw Failure(error)
    }
    // An earlier import's test is none of this one.
    if source.test == nil { try? RealDisk().remove("\(out)/test.tsv") }
    try Files.write(out, result.files)
    let written = result.files.map { file in
      JSON.object([("path", .text("\(out)/\(file.name)")), ("bytes", .int(file.bytes.count))])
    }
    session.print(
      .object([
        ("events", .int(result.data.interactions.count)), ("users", .int(result.data.users.count)),
        ("items", .int(result.data.items.count)),
        ("cleaning", (try? JSONReader.read(report.json[...])) ?? .null), ("files", .list(written)),
      ]),
      human: report.text + tables(source)
        + "\(out): \(Text.grouped(result.data.interactions.count)) events of "
        + "\(Text.grouped(result.data.users.count)) users and \(Text.grouped(result.data.items.count)) items\n")
    return .ok
  }

  /// What was left out of the files of items and users.
  private func tables(_ source: DataSource) -> String {
    [("items", source.items), ("users", source.users)].map { name, table in
      guard let table else { return "" }
      var text = "\(name): \(Text.grouped(table.ids.count)) rows read, \(table.definitions.count) attributes\n"
      for (fault, entry) in table.faults.entries.sorted(by: { $0.key < $1.key }) {
        text += "  \(entry.count) malformed: \(fault.text)\n"
      }
      if table.repeats.total > 0 { text += "  \(table.repeats.total) rows whose id stood before\n" }
      return text
    }.joined()
  }

  private func dictionaries(_ pseudonyms: Pseudonyms?) throws(DataError) -> (users: IDDictionary, items: IDDictionary) {
    guard let directory = session.values.optional("dictionaries", as: String.self) else {
      return (IDDictionary("users.dict", pseudonyms: pseudonyms), IDDictionary("items.dict"))
    }
    return try DataError.naming { () throws(NameError) in
      (
        try IDDictionary.read("\(directory)/users.dict", on: RealDisk()),
        try IDDictionary.read("\(directory)/items.dict", on: RealDisk())
      )
    }
  }
}

extension Failure {
  /// What a data file has wrong.
  init(_ error: DataError) { self.init(.failed, error.description, advice: error.advice, name: "BAD_DATA") }
}
