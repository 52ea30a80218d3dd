import Wire

/// How a shard was seen last, for the events of its coming and going.
struct ShardSight {
  private var last: ClusterEvent.Kind?

  /// Looks at a shard.
  ///
  /// - Parameter isEmpty: Whether it has come back without items; `nil`: it is not told everything yet.
  /// - Returns: what has changed; that a shard is up is nothing new at the coordinator's start.
  mutating func look(_ presence: ShardPresence, isEmpty: Bool?) -> ClusterEvent.Kind? {
    let now: ClusterEvent.Kind
    switch (presence, isEmpty) {
    case (.down, _): now = .shardAway
    case (.up, true): now = .shardEmpty
    case (.up, false): now = .shardUp
    case (.up, nil), (.connecting, _): return nil
    }
    defer { last = now }
    let isNews = now != last && !(last == nil && now == .shardUp)
    return isNews ? now : nil
  }
}
