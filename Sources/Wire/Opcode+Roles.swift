package import Vocabulary

extension Opcode {
  /// The roles of which a caller needs one to send a request of this opcode; `nil`: it needs none.
  ///
  /// - Parameter kind: The first byte of the body; `nil`: not known yet, then what any kind needs.
  package func roles(kind: UInt8?) -> Roles? {
    switch self {
    case .rank, .suggest, .modelDescribe: [.read, .admin]
    case .get, .collectionDescribe, .shardMap: [.read, .write, .admin, .node]
    case .status: [.read, .write, .admin, .metrics, .node]
    case .metadata: kind == nil || kind == 0 ? [.read, .write, .admin, .metrics, .node] : [.admin, .node]
    case .history:
      switch kind {
      case nil: [.read, .write, .admin, .node]
      case 1: [.read, .admin, .node]
      case 2: [.write, .admin, .node]
      default: [.admin, .node]
      }
    case .upsert, .update, .delete, .event, .feed: [.write, .admin, .node]
    case .metrics: [.metrics, .admin, .node]
    case .collectionCreate, .collectionDrop, .generation, .modelLoad, .rule, .experiment, .slowLog, .clusterLog,
      .rebalance,
      .snapshot, .group:
      [.admin, .node]
    case .echo: nil
    // An opcode without a row is for nodes alone; unknown ones are refused for what they are.
    default: Opcode.names[self] == nil || isConnectionFrame ? nil : [.node]
    }
  }
}
