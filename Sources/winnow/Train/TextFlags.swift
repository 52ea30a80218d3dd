import Arguments
import DataSets
import Learning
import Names
import SocketTransport
import Text
import Vocabulary

/// The flags of `winnow train` for search by words.
enum TextFlags {
  static let text = Flag.list(
    "text", .string,
    "Attributes of items with words, such as title,brand: the model then finds items by words and shopper together.",
    group: "Words", placeholder: "NAME")
  static let language = Flag(
    "language", .string, "Whose endings words lose: a name of Snowball, such as english; without it none.",
    group: "Words", placeholder: "NAME")
  static let judgements = Flag(
    "judgements", .file, "A table of query, item and relevance to learn from beside the searches of the log.",
    group: "Words")
  static let good = Flag(
    "good", .double(-1e6...1e6),
    "From this relevance on a judged item is good; without it, the upper third of the table's scale.", group: "Words",
    placeholder: "RELEVANCE")
  static let bad = Flag(
    "bad", .double(-1e6...1e6),
    "Up to this relevance a judged item is bad; without it, the lower third of the table's scale.", group: "Words",
    placeholder: "RELEVANCE")
  static let textDimension = Flag(
    "text-dimension", .int(1...1024), "Dimension of the vectors of texts; without it 64.", group: "Words")
  static let textPasses = Flag(
    "text-passes", .int(0...1000), "Passes through the items' own words; without it 4, with --from 1.", group: "Words")
  static let searchPasses = Flag(
    "search-passes", .int(0...1000),
    "Passes through searches and judgements, at most; they end where held-out searches get no better; without it 6, "
      + "with --from 2.",
    group: "Words")

  static let all: [any Argument] = [
    text, language, judgements, good, bad, textDimension, textPasses, searchPasses,
  ]

  /// The flags that a model keeps when it is trained further.
  static let ofModel: [any Argument] = [text, language, textDimension]

  /// The fit that the flags ask for; `nil`: none.
  ///
  /// - Parameters:
  ///   - named: The attributes with words, divided by commas, and their language: those of `warm` where there is one.
  ///   - warm: The model that is trained further.
  static func fit(
    _ session: Session, _ data: DataSet, _ parts: FitParts, named: (fields: String?, language: String?),
    from warm: WarmStart?
  ) throws(Failure) -> TextFit? {
    let fields = (named.fields ?? "").split(separator: ",").map(String.init)
    guard !fields.isEmpty, warm == nil || warm?.texts != nil else {
      try session.refuse([language, judgements, good, bad, textDimension, textPasses, searchPasses], "without --text")
      return nil
    }
    guard !fields.hasRepeats else { throw session.usage(Self.text, "names an attribute twice") }
    let definitions = data.catalogue.definitions
    for name in fields {
      guard let type = definitions.first(where: { $0.name.exact == name.exact })?.type else {
        let known = definitions.map(\.name).joined(separator: ", ")
        throw session.usage(Self.text, "names '\(name)', which no item has; there are: \(known)")
      }
      guard [.text, .keyword, .keywordSet].contains(type) else {
        throw session.usage(Self.text, "names '\(name)', which is no text but \(type.word)")
      }
    }
    let judgements = try judgements(session, data)
    do throws(TextError) {
      var options = TextFit.Options(fields: fields, language: try TextLanguage(named.language ?? "none"))
      // What it knows it need not be told again: once more through everything keeps it, and teaches what is new.
      if warm != nil { (options.training.titlePasses, options.training.pairPasses) = (1, 2) }
      options.training.dimension = session[Self.textDimension] ?? options.training.dimension
      options.training.titlePasses = session[Self.textPasses] ?? options.training.titlePasses
      options.training.pairPasses = session[Self.searchPasses] ?? options.training.pairPasses
      let seed = UInt64(session[TrainFlags.seed])
      options.training.seed = warm?.seed(seed) ?? seed
      options.training.threads = session[TrainVerb.threads] ?? ComputePool.coreCount
      return try TextFit(data, parts, judgements: judgements, options, from: warm?.texts)
    } catch {
      throw error == .unknownLanguage ? session.usage(Self.language, error.text) : Failure(.failed, error.text)
    }
  }

  private static func judgements(_ session: Session, _ data: DataSet) throws(Failure) -> Judgements? {
    guard let path = session[Self.judgements] else {
      try session.refuse([good, bad], "without --judgements")
      return nil
    }
    var judgements: Judgements
    do throws(DataError) {
      judgements = try Judgements(InputFile(path)) { (id) throws(DataError) in
        try DataError.naming { () throws(NameError) in try data.items.position(of: id) }
      }
    } catch {
      throw Failure(error)
    }
    if let good = session[Self.good] { judgements.scale.good = Float(good) }
    if let bad = session[Self.bad] { judgements.scale.bad = Float(bad) }
    guard judgements.scale.bad < judgements.scale.good else {
      throw session.usage(Self.bad, "of \(judgements.scale.bad) is not below what is good, \(judgements.scale.good)")
    }
    guard judgements.rows.contains(where: { judgements.scale.isGood($0.relevance) }) else {
      throw session.usage(Self.good, "of \(judgements.scale.good) leaves no good item in \(path)")
    }
    return judgements
  }
}
