import DataSets
import Kernels

extension Strangers {
  /// The strangers of a re-ranker's events over the tower that it learns on; `nil` if the options want none.
  init?(_ parts: FitParts, _ tower: RetrievalTower, _ options: FitOptions, _ sides: FitSides) {
    guard options.training.strangerShare + options.training.sessionShare > 0 else { return nil }
    let threads = options.training.threads
    let profile = sides.learning.profiles.map { TrainedModel.mean($0, rows: $0.rowCapacity) }
    self.init(
      query: ColdStart(parts.tower, options.coldStart).query(tower, threads: threads), profile: profile,
      before: Self.before(parts),
      fold: sides.sessions.flatMap { $0.fold(tower, options.tower, profile: profile, threads: threads) })
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
