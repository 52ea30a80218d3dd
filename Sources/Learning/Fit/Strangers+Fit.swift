import DataSets

extension Strangers {
  /// The strangers of a re-ranker's events over the tower that it learns on; `nil` if the options want none.
  init?(_ parts: FitParts, _ tower: RetrievalTower, _ options: FitOptions) {
    guard options.training.strangerShare + options.training.sessionShare > 0 else { return nil }
    let query = ColdStart(parts.tower, options.coldStart).query(tower, threads: options.training.threads)
    let towerOptions = options.tower
    self.init(query: query, before: Self.before(parts), fold: { tower.foldIn($0, towerOptions) })
  }

  /// The last items before each of the re-ranker's events, the oldest first, without the event's own and what is held
  /// out.
  private static func before(_ parts: FitParts) -> [[UInt32]] {
    let histories = Histories(parts.whole)
    var places = [Int32](repeating: -1, count: parts.whole.count)
    for (place, event) in parts.rerankerEvents.enumerated() { places[event] = Int32(place) }
    var before = [[UInt32]](repeating: [], count: parts.rerankerEvents.count)
    for user in 0..<histories.userCount {
      let events = histories.events(of: user).filter { !parts.isValidation[$0] }
      for (position, event) in events.enumerated() where places[event] >= 0 {
        let own = parts.whole.items[event]
        let others = events[..<position].lazy.reversed().map { parts.whole.items[$0] }.filter { $0 != own }
        before[Int(places[event])] = others.prefix(sessionMax).reversed()
      }
    }
    return before
  }
}
