import Arguments
import DataSets
import JSON
import SocketTransport
import Storage
import Text
import Vocabulary

/// `winnow text build`: counts the words of a catalogue into a lexicon.
enum TextBuildVerb {
  static let items = Flag.repeated(
    "items", .file, "A table of items, as for 'winnow import'; several are one catalogue.", group: "Files")
  static let data = Flag("data", .file, "A data set directory, whose items are counted.", group: "Files")
  static let fields = Flag.list(
    "fields", .string, "Attributes with words; without it all of type text, such as title.", placeholder: "NAME")
  static let language = Flag(
    "language", .string, "Whose endings words lose: a name of Snowball, such as english, or none.", default: "none",
    placeholder: "NAME")
  static let out = Flag.required("out", .outputFile, "Where to write the lexicon, such as lexicon.bin.", group: "Files")
  static let log = Flag(
    "log", .file, "A data set directory, whose searches are counted into --suggestions too.", group: "Files",
    placeholder: "DIRECTORY")
  static let suggestions = Flag(
    "suggestions", .outputFile, "Where to write what queries are completed by, such as suggest.bin.", group: "Files")
  static let category = Flag(
    "category", .string, "The attribute whose values are categories, for completions.", default: "category",
    placeholder: "NAME")

  static let verb = Verb(
    command: Command(
      name: "build", summary: "Count the words of a catalogue into a lexicon",
      details: """
        Counts which terms, words and pairs of neighbours the texts of items have, and how long the texts are. With the \
        lexicon a query's unknown words are corrected, and rare words count more than frequent ones. With --log what \
        shoppers searched for is counted too, to complete what others begin to type; what fewer than 5 of them searched \
        for is left out.
        """,
      flags: [
        items, data, fields, language, out, log, suggestions, category, OutputFile.force, EntityFlags.itemID,
        SetDivider.flag,
      ]
        + TableFlags.all), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let out = try OutputFile(session[Self.out], .lexicon, force: session[OutputFile.force])
    let analyser: TextAnalyser
    do throws(TextError) { analyser = try TextAnalyser(language: TextLanguage(session[Self.language])) } catch {
      throw error == .unknownLanguage ? session.usage(Self.language, error.text) : Failure(.failed, error.text)
    }
    let completions = try SuggestionsBuild(session)
    let tables = try tables(session)
    let names = try fields(tables, session)
    var builder = LexiconBuilder(analyser, fields: names)
    let total = tables.map(\.ids.count).reduce(0, +)
    var progress = Progress("counting", unit: .items, total: total, clock: SystemClock())
    for table in tables {
      let columns = names.map { name in table.definitions.firstIndex { $0.name == name }.map { table.columns[$0] } }
      for row in table.ids.indices {
        builder.add(columns.map { $0?[row]?.textOfWords })
        if row % 1024 == 0 { progress.advance(to: builder.itemCount) }
      }
    }
    progress.finish()
    let lexicon = builder.lexicon()
    let counted = try completions?.count(analyser, lexicon)
    try out.finish(lexicon.bytes)
    if let counted { try completions?.finish(counted) }
    session.print(
      json(lexicon, counted),
      human: text(lexicon, session[Self.out]) + (counted.flatMap { completions?.text($0) } ?? ""))
    return .ok
  }

  private static func tables(_ session: Session) throws(Failure) -> [EntityTable] {
    var paths = session[Self.items]
    if let directory = session[Self.data] {
      guard paths.isEmpty else { throw session.usage(Self.data, "and --items are two catalogues: give one of them") }
      paths = ["\(directory)/items.jsonl"]
    }
    guard !paths.isEmpty else {
      throw Failure(.usage, "winnow text build: which items? Give --items FILE or --data DIRECTORY")
    }
    var options = EntityTable.Options()
    options.format = TableFlags.format(session)
    options.idColumn = session[EntityFlags.itemID]
    options.ignored = Set(session[TableFlags.ignore].map(\.exact))
    options.setDivider = try SetDivider.read(session)
    var tables: [EntityTable] = []
    do throws(DataError) {
      for path in paths { tables.append(try EntityTable(InputFile(path), options)) }
    } catch { throw Failure(error) }
    return tables
  }

  /// The attributes that were named, or those that are texts.
  private static func fields(_ tables: [EntityTable], _ session: Session) throws(Failure) -> [String] {
    let definitions = tables.flatMap(\.definitions)
    let named = session[Self.fields]
    for name in named {
      guard let type = definitions.first(where: { $0.name.exact == name.exact })?.type else {
        let known = definitions.map(\.name).joined(separator: ", ")
        throw session.usage(Self.fields, "names '\(name)', which no item has; there are: \(known)")
      }
      guard [.text, .keyword, .keywordSet].contains(type) else {
        throw session.usage(Self.fields, "names '\(name)', which is no text but \(type.word)")
      }
    }
    guard !named.hasRepeats else { throw session.usage(Self.fields, "names an attribute twice") }
    guard named.isEmpty else { return named }
    var found: [String] = []
    for definition in definitions where definition.type == .text && !found.contains(definition.name) {
      found.append(definition.name)
    }
    guard !found.isEmpty else {
      throw Failure(
        .usage, "winnow text build: no attribute is a text", advice: "name those with words: --fields title,brand")
    }
    return found
  }

  private static func json(_ lexicon: Lexicon, _ counted: Suggestions?) -> JSON {
    let completions = counted.map { counted in
      [("queries", JSON.int(counted.count)), ("categories", .int(counted.categories.count))]
    }
    return .object([
      ("items", .int(Int(lexicon.items))), ("language", .text(lexicon.language.name)),
      ("analysis_version", .int(Int(TextAnalyser.version))), ("terms", .int(lexicon.terms.count)),
      ("words", .int(lexicon.words.count)), ("pairs", .int(lexicon.pairCount)),
      (
        "fields",
        .list(
          lexicon.fields.map { .object([("attribute", .text($0.name)), ("average", .number(Double($0.average)))]) })
      ), ("suggestions", completions.map { .object($0) } ?? .null),
    ])
  }

  private static func text(_ lexicon: Lexicon, _ path: String) -> String {
    let fields = lexicon.fields.map { "\($0.name) (\(Text.fixed(Double($0.average), 1)) terms)" }
    return "wrote \(path.visible): \(Text.grouped(lexicon.items)) items, \(Text.grouped(lexicon.terms.count)) terms, "
      + "\(Text.grouped(lexicon.words.count)) words, \(Text.grouped(lexicon.pairCount)) pairs of neighbours; "
      + "texts: \(fields.joined(separator: ", ")); language \(lexicon.language.name)\n"
  }
}
