import Placement
import Vocabulary
import Wire

/// The histories of one collection's shoppers, by slot: a copy of it is a snapshot, of which a change copies one slot.
///
/// They belong to the name of a collection: generations come and go, and shoppers stay.
struct HistoryTable: Sendable {
  /// The histories of a slot.
  struct Part: Sendable, Equatable {
    /// By shopper.
    fileprivate(set) var histories: [UInt64: StoredHistory] = [:]
    /// When shoppers were forgotten, by fingerprint.
    fileprivate(set) var forgotten: [UInt64: Int64] = [:]

    var isEmpty: Bool { histories.isEmpty && forgotten.isEmpty }
  }

  /// `[4096]`.
  private(set) var slots = [Part](repeating: Part(), count: Limits.slotCount)
  /// Slots that have histories, or shoppers who were forgotten.
  private(set) var occupied = SlotSet()
  /// What writers of events were answered: the ids are shoppers, the versions are packed counts.
  var ledger = WriteLedger()
  /// As the coordinator has said them last.
  private(set) var settings = HistorySettings.usual
  /// When the coordinator had the newest batch of events, in microseconds since the start of 1970.
  private(set) var latest: Int64 = 0
  /// Memory of the histories, about.
  private(set) var memoryBytes = 0
  /// Histories of all slots.
  private(set) var count = 0
  /// Since the last checkpoint.
  var changes: ItemChanges

  /// A table without histories.
  init(changes: ItemChanges) { self.changes = changes }

  /// Events before it are not answered, and go.
  var cutoff: Int64 { cutoff(at: latest) }

  private func cutoff(at time: Int64) -> Int64 { max(0, time - settings.keepMicroseconds) }

  subscript(slot: Slot) -> Part { slots[Int(slot.rawValue)] }

  /// The history of a shopper.
  subscript(user: UInt64) -> StoredHistory? { self[slot(of: ItemID(user))].histories[user] }

  /// When a shopper was forgotten.
  func forgotten(_ user: UInt64) -> Int64? {
    let part = self[slot(of: ItemID(user))]
    return part.forgotten.isEmpty ? nil : part.forgotten[HistoryPart.Forgotten.fingerprint(of: user)]
  }

  /// The histories in some slots.
  func count(in slots: SlotSet) -> Int { slots.slots.reduce(0) { $0 + self[$1].histories.count } }

  /// A history as it is answered at a time: without what is too old or too much by the settings of now.
  func answered(_ user: UInt64, _ settings: HistorySettings, now: Int64) -> StoredHistory? {
    guard var history = self[user] else { return nil }
    history.trim(to: Int(settings.length), cutoff: max(0, now - settings.keepMicroseconds))
    return history.events.isEmpty ? nil : history
  }

  // MARK: Changes

  /// Takes events that were prepared on this state.
  mutating func apply(_ write: EventWrite) {
    (settings, latest) = (write.settings, max(latest, write.received))
    let cutoff = cutoff(at: write.received)
    for entry in write.events {
      let begun = max(write.received, (forgotten(entry.user) ?? -1) + 1)
      change(entry.user) { history in
        var history = history ?? StoredHistory(user: entry.user, begun: begun)
        history.add(entry.event, as: write.settings, cutoff: cutoff)
        return history
      }
    }
    ledger.record(writer: write.writer, op: write.op, ids: write.users, answers: write.answers)
  }

  /// Takes histories of another shard or of a snapshot, unless newer ones are here or the shopper was forgotten.
  ///
  /// - Returns: Whether there was something of a shopper who was forgotten.
  mutating func apply(_ part: HistoryPart) -> Bool {
    if part.latest > latest { (settings, latest) = (part.settings.filled(from: settings), part.latest) }
    var hadForgotten = false
    for forgotten in part.forgotten {
      if forget(forgotten.fingerprint, in: forgotten.slot, at: forgotten.time) != nil { hadForgotten = true }
    }
    for new in part.histories where !new.events.isEmpty {
      if let time = forgotten(new.user), new.begun <= time {
        hadForgotten = true
        continue
      }
      let settings = settings
      change(new.user) { present in
        guard var present, present.begun >= new.begun else { return new }
        if present.begun == new.begun { return present.version >= new.version ? present : new }
        present.join(earlier: new, as: settings)
        return present
      }
    }
    for answer in part.answers {
      ledger.record(
        writer: answer.writer, op: answer.op, ids: answer.isAboutUser ? [answer.user] : [],
        answers: answer.isAboutUser ? [.init(status: .inserted, version: answer.counts)] : [])
    }
    return hadForgotten
  }

  /// Forgets a shopper who has this fingerprint, with what is remembered of writers.
  ///
  /// - Returns: The history that was here.
  mutating func forget(_ fingerprint: UInt64, in slot: Slot, at time: Int64) -> StoredHistory? {
    let place = Int(slot.rawValue)
    slots[place].forgotten[fingerprint] = max(time, slots[place].forgotten[fingerprint] ?? 0)
    occupied.insert(slot)
    ledger.forget { Placement.slot(of: ItemID($0)) == slot && HistoryPart.Forgotten.fingerprint(of: $0) == fingerprint }
    // Files have to be written without it.
    if changes != .untracked { changes = .all }
    let found = slots[place].histories.values.first {
      HistoryPart.Forgotten.fingerprint(of: $0.user) == fingerprint && $0.begun <= time
    }
    guard let found else { return nil }
    change(found.user) { _ in nil }
    return found
  }

  /// Removes events before a time from some slots; with the largest one everything of theirs.
  mutating func remove(before time: Int64, in removed: SlotSet) {
    for slot in removed.slots where occupied.contains(slot) {
      let place = Int(slot.rawValue)
      if time == .max {
        for history in slots[place].histories.values { memoryBytes -= history.memoryBytes }
        count -= slots[place].histories.count
        slots[place] = Part()
        occupied.remove(slot)
      } else {
        let settings = settings
        for user in slots[place].histories.keys.sorted()
        where slots[place].histories[user]?.hasEvents(before: time) == true {
          change(user) { history in
            guard var history else { return nil }
            history.trim(to: Int(settings.length), cutoff: time)
            return history.events.isEmpty ? nil : history
          }
        }
      }
    }
    guard time == .max else { return }
    ledger.forget { removed.contains(Placement.slot(of: ItemID($0))) }
    if changes != .untracked { changes = .all }
  }

  /// Changes a history in place, or lets it go.
  private mutating func change(_ user: UInt64, _ change: (consuming StoredHistory?) -> StoredHistory?) {
    let slot = slot(of: ItemID(user))
    let place = Int(slot.rawValue)
    // Out of the table first, so that its events are changed in place.
    let old = slots[place].histories.removeValue(forKey: user)
    memoryBytes -= old?.memoryBytes ?? 0
    count -= old == nil ? 0 : 1
    let new = change(consume old)
    changes.note(user)
    guard let new else {
      if slots[place].isEmpty { occupied.remove(slot) }
      return
    }
    memoryBytes += new.memoryBytes
    count += 1
    slots[place].histories[user] = new
    occupied.insert(slot)
  }

  /// Takes histories of a checkpoint in the place of those that are here; one without events is gone.
  mutating func load(_ histories: [StoredHistory]) {
    for history in histories { change(history.user) { _ in history.events.isEmpty ? nil : history } }
  }

  // MARK: Sweeps

  /// The next slot of the sweep that removes old events, and the newest batch when the last sweep began.
  private var sweepPlace = 0
  private var sweepTime: Int64 = 0
  /// How much newer a batch is after which the next sweep begins, in microseconds.
  private static let sweepMicroseconds: Int64 = 3_600_000_000
  private static let slotsPerSweep = 256

  /// Whether old events are to be looked for.
  var isSweepDue: Bool { sweepPlace > 0 || latest - sweepTime >= Self.sweepMicroseconds }

  /// The slots of the sweep's next step that have events which are too old.
  func oldSlots(besides excluded: SlotSet) -> SlotSet {
    let places = sweepPlace..<min(sweepPlace + Self.slotsPerSweep, Limits.slotCount)
    return SlotSet(
      places.compactMap { Slot(rawValue: UInt16($0)) }.filter { slot in
        occupied.contains(slot) && !excluded.contains(slot)
          && self[slot].histories.values.contains { $0.hasEvents(before: cutoff) }
      })
  }

  /// Goes on with the sweep.
  mutating func advanceSweep() {
    if sweepPlace == 0 { sweepTime = latest }
    sweepPlace += Self.slotsPerSweep
    if sweepPlace >= Limits.slotCount { sweepPlace = 0 }
  }
}
