import Vocabulary
import Wire

/// One blow at one step of a move of slots: each step, before it is asked for and after it was answered, each party, each
/// kind of blow.
struct Strike: Sendable {
  enum Step: CaseIterable, Sendable {
    case beginTarget
    case beginSource
    case read
    case write
    case freeze
    case digest
    case install
    case end
  }

  enum Blow: CaseIterable, Sendable {
    case kill
    case losePower
    case pause
    case split
  }

  enum Party: CaseIterable, Sendable {
    /// The shard that is asked.
    case asked
    case coordinator
    /// Another shard, which may be the other side.
    case other
  }

  /// How many strikes there are.
  static let count = Step.allCases.count * 2 * Blow.allCases.count * Party.allCases.count

  let step: Step
  /// Before the request leaves, or when its answer is there.
  let isBefore: Bool
  let blow: Blow
  let party: Party

  /// A strike by number; numbers that follow each other differ in more than one way.
  init(_ number: UInt64) {
    // The factor shares no divisor with the count.
    var rest = Int(number % UInt64(Self.count)) * 37 % Self.count
    func take<Choice>(_ choices: [Choice]) -> Choice {
      defer { rest /= choices.count }
      return choices[rest % choices.count]
    }
    step = take(Step.allCases)
    isBefore = take([true, false])
    blow = take(Blow.allCases)
    party = take(Party.allCases)
  }

  /// The step of a move that a request of the coordinator is.
  static func step(of opcode: Opcode, _ body: [UInt8]) -> Step? {
    if opcode == .shardMap { return .install }
    guard opcode == .transfer, let request = try? TransferRequest(body: body) else { return nil }
    return switch request.step {
    case .beginTarget: .beginTarget
    case .beginSource: .beginSource
    case .read: .read
    case .write: .write
    case .freeze: .freeze
    case .digest: .digest
    case .end: .end
    }
  }
}
