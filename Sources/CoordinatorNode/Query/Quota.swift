/// How many candidates a shard is asked for first, so that a second search is rare.
enum Quota {
  /// The expected share of `depth` candidates and four standard deviations: ceil(D·w + 4·sqrt(D·w·(1 − w))), at least 1
  /// and at most D.
  ///
  /// - Parameters:
  ///   - depth: Candidates D of the whole cluster, at least 1.
  ///   - slots: Slots of the shard.
  ///   - allSlots: Slots of all shards.
  static func first(depth: Int, slots: Int, of allSlots: Int) -> Int {
    let weight = Double(slots) / Double(max(allSlots, 1))
    let share = Double(depth) * weight
    let quota = (share + 4 * (share * (1 - weight)).squareRoot()).rounded(.up)
    return max(1, min(depth, Int(quota)))
  }
}
