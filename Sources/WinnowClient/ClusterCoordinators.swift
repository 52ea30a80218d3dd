import Vocabulary
import Wire

/// The coordinators of a cluster, and how the store of what they agree on does, as one of them sees it.
public struct ClusterCoordinators: Hashable, Sendable {
  /// One that lives.
  public struct Coordinator: Hashable, Sendable {
    /// Where it is reached.
    public let address: String
    /// Whether it administers.
    public let isChair: Bool
    /// Whether it is the one that answered.
    public let isOwn: Bool
    /// Of the shard map and of the catalogue that it serves.
    public let mapRevision: UInt64
    public let catalogueRevision: UInt64
  }

  /// `file`: there is one coordinator; `etcd`: any number.
  public let store: String
  /// `answers`, `does not answer`, or `went back` to an older state.
  public let state: String
  /// What is wrong with the store; may be empty.
  public let fault: String
  /// Whether one of them administers.
  public let hasChair: Bool
  /// None if there is only one.
  public let coordinators: [Coordinator]

  init(wire: MetadataResponse) {
    store =
      switch wire.kind {
      case .file: "file"
      case .etcd: "etcd"
      default: "store \(wire.kind.rawValue)"
      }
    state =
      switch wire.state {
      case .answers: "answers"
      case .silent: "does not answer"
      case .wentBack: "went back"
      default: "state \(wire.state.rawValue)"
      }
    fault = wire.fault
    hasChair = wire.kind == .file || wire.chair != 0
    coordinators = wire.coordinators.map {
      Coordinator(
        address: $0.address, isChair: $0.id == wire.chair, isOwn: $0.id == wire.own, mapRevision: $0.mapRevision,
        catalogueRevision: $0.catalogueRevision)
    }
  }
}
