import Placement
import Vocabulary

/// The epochs before the present one whose searches a shard still answers, each with the slots that it owned then.
struct ServedEpochs {
  private struct Earlier {
    let epoch: Epoch
    let owned: SlotSet
    let end: Instant
  }

  /// In their order; so is their end.
  private var earlier: [Earlier] = []
  private let lifetimeMicroseconds: UInt64

  /// Twice the longest time that a query may take.
  static let lifetimeMicrosecondsDefault = 2 * UInt64(Limits.budgetMicrosecondsMax)
  /// The number of epochs before the present one that are told apart.
  static let earlierMax = 16

  init(lifetimeMicroseconds: UInt64 = lifetimeMicrosecondsDefault) { self.lifetimeMicroseconds = lifetimeMicroseconds }

  /// Notes that an epoch is over; its searches are answered for a while.
  mutating func end(_ epoch: Epoch, owned: SlotSet, now: Instant) {
    earlier.removeAll { $0.end <= now }
    if earlier.count >= Self.earlierMax { earlier.removeFirst() }
    earlier.append(Earlier(epoch: epoch, owned: owned, end: now.advanced(microseconds: lifetimeMicroseconds)))
  }

  /// The slots that were owned in an earlier epoch, or `nil` if its searches are not answered any more.
  func owned(in epoch: Epoch, now: Instant) -> SlotSet? {
    earlier.first { $0.epoch == epoch && now < $0.end }?.owned
  }

  /// The slots that some epoch needs which is still answered.
  func needed(now: Instant) -> SlotSet {
    var slots = SlotSet()
    for epoch in earlier where now < epoch.end { slots.formUnion(epoch.owned) }
    return slots
  }

  /// When the last of the epochs ends that need one of some slots; `nil` if none does.
  func end(of slots: SlotSet, now: Instant) -> Instant? {
    earlier.last { now < $0.end && !$0.owned.isDisjoint(with: slots) }?.end
  }
}
