import Placement
import Vocabulary
import WinnowClient

/// All histories of a collection, slot by slot and user by user.
struct AllHistories {
  let client: WinnowClient
  let collection: String
  let timeout: Duration?

  /// Slots that are read at a time.
  private static let slotsAtOnce = 64

  /// Reads all of them.
  ///
  /// - Parameters:
  ///   - each: Takes some histories, and the share of slots that have been read before.
  /// - Returns: What `each` fails with, which ends the reading.
  func read(
    _ each: (_ histories: [UserHistory], _ share: Double) -> Failure?
  ) async throws(WinnowError) -> Failure? {
    for start in stride(from: 0, to: Limits.slotCount, by: Self.slotsAtOnce) {
      let slots = Slot.all[start..<min(start + Self.slotsAtOnce, Limits.slotCount)]
      for part in await read(slots) {
        if let failure = each(try part.get(), Double(start) / Double(Limits.slotCount)) { return failure }
      }
    }
    return nil
  }

  /// The histories of some slots, in the order of the slots.
  private func read(_ slots: ArraySlice<Slot>) async -> [Result<[UserHistory], WinnowError>] {
    await withTaskGroup(of: (Int, Result<[UserHistory], WinnowError>).self) { group in
      for (place, slot) in slots.enumerated() {
        group.addTask {
          do throws(WinnowError) {
            var (histories, hasMore): ([UserHistory], Bool) = ([], true)
            while hasMore {
              let part = try await client.histories(
                in: slot, of: collection, after: histories.last?.user, timeout: timeout)
              histories += part.histories
              hasMore = part.hasMore && !part.histories.isEmpty
            }
            return (place, .success(histories))
          } catch { return (place, .failure(error)) }
        }
      }
      var parts: [(Int, Result<[UserHistory], WinnowError>)] = []
      for await part in group { parts.append(part) }
      return parts.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }
}
