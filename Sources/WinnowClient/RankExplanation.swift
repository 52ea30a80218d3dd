public import Vocabulary
import Wire

/// Why the first results of an answer stand where they do.
///
/// With a model, the logit of a result is the base and the parts of its inputs: the base is the logit of the mean
/// candidate of the query, and a part is what an input changes when it takes the place of the mean one
/// (`proto-spec/03-messages/rank.md` says how exactly, and from where the idea is).
public struct RankExplanation: Hashable, Sendable {
  /// How far it goes.
  public enum State: Hashable, Sendable {
    case complete
    /// Time ended before the parts of all results were computed.
    case partial
    /// No model ranked the results: there is only where they came from.
    case withoutModel
    /// Of a newer server.
    case unknown(Int)
  }

  /// The value of an input, before it is made ready for the network.
  public enum Value: Hashable, Sendable {
    case missing
    case number(Double)
    /// With commas between them.
    case words(String)
    /// Of a vector.
    case norm(Double)

    /// Words are the same if their bytes are.
    public static func == (a: Value, b: Value) -> Bool {
      switch (a, b) {
      case (.missing, .missing): true
      case (.number(let a), .number(let b)), (.norm(let a), .norm(let b)): a == b
      case (.words(let a), .words(let b)): a.exact == b.exact
      default: false
      }
    }

    public func hash(into hasher: inout Hasher) {
      switch self {
      case .missing: hasher.combine(0)
      case .number(let number), .norm(let number): hasher.combine(number)
      case .words(let words): hasher.combine(words.exact)
      }
    }
  }

  /// An input of the network, or all that one feature makes.
  public struct Input: Hashable, Sendable {
    /// Such as `item vector`, `attribute` or `context`.
    public let kind: String
    /// That of the attribute or context feature; empty for the others.
    public let name: String
    /// The value that all candidates have, so that its part is 0 for each; `nil`: each has its own.
    public let shared: Value?
  }

  /// An input of one result.
  public struct Part: Hashable, Sendable {
    public let input: Input
    public let value: Value
    /// The input's contribution to the logit.
    public let logit: Float
  }

  /// One result.
  public struct Item: Hashable, Sendable {
    /// Among all candidates by retrieval score, from 1.
    public let place: Int
    /// The shard that it came from.
    public let shard: ShardID
    /// What brought it: `first search`, `second search` or `own items`, what the shopper has had.
    public let phase: String
    /// In the order of the network; empty: none were computed.
    public let parts: [Part]
  }

  public let state: State
  /// The logit of the mean candidate; `nil` if nothing has parts.
  public let base: Float?
  /// All inputs, in the order of the network.
  public let inputs: [Input]
  /// In the order of the results.
  public let items: [Item]

  /// - Returns: `nil` if the query asked for no explanation.
  init?(_ explanation: Wire.RankExplanation) {
    switch explanation.state {
    case .notAsked: return nil
    case .complete: state = .complete
    case .partial: state = .partial
    case .withoutModel: state = .withoutModel
    default: state = .unknown(Int(explanation.state.rawValue))
    }
    let inputs = explanation.inputs.map {
      Input(kind: $0.kind.words, name: $0.name, shared: $0.shared.map { Value($0) })
    }
    let own = inputs.filter { $0.shared == nil }
    let items = explanation.items.map { item in
      Item(
        place: Int(item.place), shard: item.shard, phase: item.phase == .roundTrip ? "first search" : item.phase.words,
        parts: zip(own, item.parts).map { Part(input: $0, value: Value($1.value), logit: $1.logit) })
    }
    self.inputs = inputs
    self.items = items
    base = items.contains { !$0.parts.isEmpty } ? explanation.base : nil
  }
}

extension RankExplanation.Value {
  fileprivate init(_ value: Wire.RankExplanation.Value) {
    self =
      switch value {
      case .missing: .missing
      case .number(let number): .number(number)
      case .words(let words): .words(words)
      case .norm(let norm): .norm(norm)
      }
  }
}
