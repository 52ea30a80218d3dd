import DataSets
import Kernels
import Ranking
import Vocabulary

/// The different contexts of a log, each once, made by serving's own assembler.
struct ContextRows {
  /// The key of a context: all that features of context can tell apart.
  private struct Key: Hashable {
    let hour, weekday: Int?
    let words: [ExactText?]
  }

  /// `nil` without features.
  private let assembler: FeatureAssembler?
  private var places: [Key: UInt32] = [:]
  private var rows: [[Float]] = []

  init(_ features: [ContextFeature]) throws(ModelError) {
    assembler = features.isEmpty ? nil : try FeatureAssembler(context: features)
  }

  /// The place of what features of context read in a moment.
  mutating func place(_ eventContext: EventContext) -> UInt32 {
    guard let assembler else { return 0 }
    let moment = eventContext.moment
    let key = Key(hour: moment?.hour, weekday: moment?.weekday, words: eventContext.words)
    if let place = places[key] { return place }
    let none = CandidateInputs(retrievalScores: [], reranks: [], columns: [])
    let user = UserVectors(query: [], vector: [], profile: [])
    rows.append(assembler.prepare(none, user: user, context: eventContext.context).context)
    places[key] = UInt32(rows.count - 1)
    return UInt32(rows.count - 1)
  }

  /// `[contexts, c]`; `nil` without features of context.
  var matrix: FloatMatrix? { assembler.map { FloatMatrix(rows: rows, columns: $0.columns) } }
}
