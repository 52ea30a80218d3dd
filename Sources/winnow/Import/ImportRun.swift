import Arguments
import DataSets
import JSON
import Names
import Ranking
import Storage
import Vocabulary

/// The common part of all imports of behaviour: cleaning, dictionaries, pseudonyms and the files they write.
struct ImportRun {
  static let out = Flag.required("out", .outputDirectory, "The directory to write.")
  static let dictionaries = Flag(
    "dictionaries", .file, "Go on with the dictionaries of an earlier import or model, so that numbers stay.",
    placeholder: "DIRECTORY")
  static let pseudonymKeyFile = Flag(
    "pseudonym-key-file", .file,
    "Write users as the start of HMAC-SHA256 of their ids, by this key of mode 600; no raw id is kept.")

  static let flags: [any Argument] =
    [out, OutputDirectory.force, dictionaries, pseudonymKeyFile] + CleaningFlags.all

  private let session: Session
  private let out: OutputDirectory

  /// - Throws: If the directory to write may not be replaced, before anything is read.
  init(_ session: Session) throws(Failure) {
    self.session = session
    out = try OutputDirectory(Self.out, .dataSet, session)
  }

  /// Cleans, numbers and writes what was read.
  func finish(_ source: DataSource) throws(Failure) -> ExitCode {
    let rules = try CleaningFlags.rules(session)
    let cleaning = Cleaning(source.log, rules)
    let readings = source.readings
    let report = CleaningReport(source.log, cleaning, weights: rules.weights)
    let result: (data: DataSet, files: [(name: String, bytes: [UInt8])])
    do throws(DataError) {
      guard !cleaning.kept.isEmpty || source.hasNoLog else {
        throw DataError(
          source.log.name, .noRows,
          "no event stays: " + (report.dropped.first?.reason ?? "there is none")
            + (report.firstImpossibleTime.map { ", the first was read as \(Timestamp.text($0))" } ?? ""),
          advice: "see --not-before, --min-user-events and the other flags of cleaning")
      }
      let pseudonyms = try session[Self.pseudonymKeyFile].map {
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
      result = (data, data.files(report, tables: readings, test: test))
    } catch {
      throw Failure(error)
    }
    try out.write(result.files)
    let written = result.files.map { file in
      JSON.object([("path", .text("\(out.path)/\(file.name)")), ("bytes", .int(file.bytes.count))])
    }
    session.print(
      .object([
        ("events", .int(result.data.interactions.count)), ("users", .int(result.data.users.count)),
        ("items", .int(result.data.items.count)),
        ("cleaning", (try? JSONReader.read(report.json[...])) ?? .null),
        ("tables", (try? JSONReader.read(TableReading.json(readings)[...])) ?? .null), ("files", .list(written)),
      ]),
      human: text(of: source.log) + report.text + CleaningFlags.possibleTimes(rules, source.log)
        + tables(source, readings)
        + "\(out.path.visible): \(Text.grouped(result.data.interactions.count)) events of "
        + "\(Text.grouped(result.data.users.count)) users and \(Text.grouped(result.data.items.count)) items\n")
    return .ok
  }

  /// How the files of the log were understood.
  private func text(of log: EventLog) -> String {
    log.readings.map { "\($0.file): \($0.form)\n\($0.text)" }.joined()
  }

  /// How the files of items and users were understood, and what was left out of them.
  private func tables(_ source: DataSource, _ readings: [TableReading]) -> String {
    var text = ""
    for (name, table) in [("items", source.items), ("users", source.users)] {
      guard let table else { continue }
      let reading = readings.first { $0.file == table.reading?.file }
      text += "\(name): \(Text.grouped(table.ids.count)) rows read, \(table.definitions.count) attributes"
      text += reading?.met.map { "; \(Text.grouped($0)) rows meet the log\n" } ?? "\n"
      if let reading { text += "  \(reading.form)\n\(reading.text)" }
      for (fault, entry) in table.faults.entries.sorted(by: { $0.key < $1.key }) {
        let lines = entry.lines.filter { $0 > 0 }.map(String.init).joined(separator: ", ")
        text += "  \(entry.count) malformed: \(fault.text)\(lines.isEmpty ? "" : "; lines \(lines)")\n"
      }
      if table.repeats.total > 0 {
        text +=
          "  \(table.repeats.total) rows whose id stood before; lines "
          + (table.repeats.entries.values.first?.lines ?? []).map(String.init).joined(separator: ", ") + "\n"
      }
    }
    return text
  }

  private func dictionaries(_ pseudonyms: Pseudonyms?) throws(DataError) -> (users: IDDictionary, items: IDDictionary) {
    guard let directory = session[Self.dictionaries] else {
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
  /// A failure from a fault of a data file.
  init(_ error: DataError) { self.init(.failed, error.description, advice: error.advice, name: "BAD_DATA") }
}
