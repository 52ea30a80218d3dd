import Security
import Transport
import Vocabulary
import Wire

extension AuditEntry {
  /// The words for the kinds of a request that administer; kinds that are not here only look, or are parts of one that is.
  private static func words(_ opcode: Opcode) -> [UInt8: String] {
    switch opcode {
    case .generation: [2: "stage", 4: "activate", 5: "discard"]
    case .modelLoad: [2: "commit", 3: "abort"]
    case .rebalance:
      [2: "balance", 3: "add", 4: "drain", 5: "remove", 6: "move", 7: "pause", 8: "resume", 9: "cancel"]
    case .snapshot: [1: "begin", 3: "end", 4: "write"]
    case .history: [3: "settings", 4: "list"]
    case .rule: [2: "keep", 3: "remove"]
    case .experiment: [2: "start", 3: "settle"]
    case .metadata: [1: "recover"]
    default: [:]
    }
  }

  /// What a request administers, before it is done; `nil`: it is another request, only looks, or is a part of one that
  /// stands there already.
  init?(administrationBy request: InboundRequest) {
    var what = request.opcode.name
    switch request.opcode {
    case .collectionCreate, .collectionDrop, .group, .slowLog: break
    default:
      // Behind the number of the upload in MODEL_LOAD.
      let place = request.body.startIndex + (request.opcode == .modelLoad ? 8 : 0)
      guard place < request.body.endIndex, let kind = Self.words(request.opcode)[request.body[place]] else {
        return nil
      }
      what += " " + kind
    }
    self.init(
      who: request.principal.key ?? (request.peerRole == .client ? "" : "node"), from: request.callerName, what: what,
      on: Messages.collection(of: request.opcode, request.body) ?? "", outcome: "begun")
  }
}

extension InboundRequest {
  /// Whether one act of a person is many such requests.
  var isOneOfMany: Bool {
    opcode == .slowLog || (opcode == .history || opcode == .snapshot) && body.first == 4
  }
}
