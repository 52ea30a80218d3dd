/// A phase of a query's waterfall; unknown numbers survive.
package struct Phase: RawRepresentable, Worded, Hashable, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let queue = Phase(rawValue: 1)
  package static let plan = Phase(rawValue: 2)
  package static let roundTrip = Phase(rawValue: 3)
  package static let shardQueue = Phase(rawValue: 4)
  package static let scan = Phase(rawValue: 5)
  package static let merge = Phase(rawValue: 6)
  package static let features = Phase(rawValue: 7)
  package static let mlp = Phase(rawValue: 8)
  package static let secondSearch = Phase(rawValue: 9)
  package static let explanation = Phase(rawValue: 10)
  package static let foldIn = Phase(rawValue: 11)
  package static let ownItems = Phase(rawValue: 12)
  package static let history = Phase(rawValue: 13)
  package static let words = Phase(rawValue: 14)

  /// The words for people.
  package var words: String {
    switch self {
    case .queue: "queue"
    case .plan: "plan"
    case .roundTrip: "round trip"
    case .shardQueue: "shard queue"
    case .scan: "scan"
    case .merge: "merge"
    case .features: "features"
    case .mlp: "mlp"
    case .secondSearch: "second search"
    case .explanation: "explanation"
    case .foldIn: "fold-in"
    case .ownItems: "own items"
    case .history: "history"
    case .words: "words"
    default: "phase \(rawValue)"
    }
  }
}
