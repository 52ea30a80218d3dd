import Arguments
import DataSets
import Storage
import Text
import Vocabulary

/// The part of `winnow text build` that counts the searches of a log.
struct SuggestionsBuild {
  private let data: DataSet
  private let out: OutputFile
  private let path: String
  private let attribute: String
  private let isAttributeTold: Bool

  /// - Returns: `nil` if no log is given.
  init?(_ session: Session) throws(Failure) {
    guard let directory = session[TextBuildVerb.log] else {
      try session.refuse([TextBuildVerb.suggestions, TextBuildVerb.category], "without --log")
      return nil
    }
    guard let path = session[TextBuildVerb.suggestions] else {
      throw session.usage(TextBuildVerb.log, "needs --suggestions FILE, where to write what it counts")
    }
    out = try OutputFile(path, .suggestions, force: session[OutputFile.force])
    do throws(DataError) { data = try DataSet.read(directory, on: RealDisk()).data } catch { throw Failure(error) }
    guard !data.searches.isEmpty else {
      throw Failure(
        .failed, "\(directory.visible): the log does not say what shoppers searched for",
        advice: "import it with a column 'query'; see 'winnow import tsv --help'", name: "BAD_DATA")
    }
    (self.path, attribute) = (path, session[TextBuildVerb.category])
    isAttributeTold = session.isGiven(TextBuildVerb.category)
  }

  /// Counts who searched for what, and in which categories they went on.
  ///
  /// - Parameter lexicon: By which slips are told from words.
  func count(_ analyser: TextAnalyser, _ lexicon: Lexicon) throws(Failure) -> Suggestions {
    let catalogue = data.catalogue
    let column = catalogue.definitions.firstIndex { $0.name == attribute && [.keyword, .keywordSet].contains($0.type) }
    guard column != nil || !isAttributeTold else {
      let known = catalogue.definitions.filter { [.keyword, .keywordSet].contains($0.type) }.map(\.name)
      throw Failure(
        .usage, "winnow text build: --category names '\(attribute)', which is no keyword of the items",
        advice: known.isEmpty ? "no attribute of the items is a keyword" : "there are: \(known.joined(separator: ", "))"
      )
    }
    var builder = SuggestionsBuilder(
      analyser, queries: data.searches.queries.names, attribute: column == nil ? "" : attribute)
    for event in 0..<data.interactions.count {
      guard let query = data.searches.query(of: event) else { continue }
      let categories = column.flatMap { catalogue.columns[$0][Int(data.interactions.items[event])] }
      builder.add(query: query, user: data.interactions.users[event], categories: categories?.names ?? [])
    }
    do throws(TextError) { return builder.suggestions(try QueryAnalyser(lexicon: lexicon)) } catch {
      throw Failure(.failed, error.text)
    }
  }

  /// Writes the file.
  func finish(_ counted: Suggestions) throws(Failure) { try out.finish(counted.bytes) }

  /// What was written, for people.
  func text(_ counted: Suggestions) -> String {
    "wrote \(path.visible): \(Text.grouped(counted.count)) of "
      + "\(Text.grouped(data.searches.queries.count)) queries, those of \(Suggestions.usersMin) shoppers and more; "
      + (counted.attribute.isEmpty
        ? "no categories\n" : "\(Text.grouped(counted.categories.count)) values of \(counted.attribute)\n")
  }
}

extension AttributeValue {
  /// The words of a keyword or a set of them.
  fileprivate var names: [String] {
    switch self {
    case .keyword(let name): [name]
    case .keywordSet(let names): names
    case .text, .int, .float, .bool: []
    }
  }
}
