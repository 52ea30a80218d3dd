import Wire

/// What was done with a cluster, and what it did by itself.
public struct ClusterEvents: Sendable {
  /// One event.
  public struct Event: Hashable, Sendable {
    let wire: ClusterEvent

    /// From 1, in the order in which they were noted.
    public var number: UInt64 { wire.number }
    /// Microseconds since 1970, by the coordinator's clock.
    public var time: UInt64 { wire.time }
    /// What was done, in words.
    public var what: String { wire.kind.words }
    /// Whether it is a run of a loop that trains and pushes by itself.
    public var isLoopRun: Bool { wire.kind == .loopRun }
    /// What it was done with, such as a collection; may be empty.
    public var subject: String { wire.subject }
    /// The name of the error that it was refused with; `nil`: it was done.
    public var error: String? { wire.error?.name }
    /// The caller's program and address; `nil`: the cluster itself.
    public var caller: String? { wire.caller.isEmpty ? nil : wire.caller }
    /// More about it; may be empty.
    public var detail: String { wire.detail }
  }

  let wire: ClusterLogResponse

  /// The number of the newest event; 0: there was none.
  public var total: UInt64 { wire.total }
  /// By number, ascending.
  public var events: [Event] { wire.events.map { Event(wire: $0) } }
}
