import Placement
import Retrieval
import Vocabulary
import Wire

/// A copy of the items of some slots as they stood at one moment, read in numbered parts of which the newest can be read
/// again: the source of a transfer, and a snapshot.
///
/// It owns its states: copying, then what has changed since, then what closes it, then complete. Only in memory.
struct SlotCopy: Sendable {
  /// A part of the copy to read, away from the machine.
  struct Reading: Sendable {
    let part: UInt64
    let key: InstanceKey
    let snapshot: Snapshot
    let slots: SlotSet
    let start: RowAddress
  }

  /// The outcome of a reading.
  struct Outcome: Sendable {
    let reading: Reading
    /// Where to go on in the instance, `nil` at its end.
    let next: RowAddress?
    let contents: TransferPart
  }

  /// What a READ finds.
  enum Found: Sendable {
    /// `nil`: nothing for now.
    case contents(TransferPart?)
    /// To be run away from the machine, then taken.
    case reading(Reading)
    /// The part is neither the newest nor the next one.
    case otherPart
    case tooMuchChanged
  }

  /// The answer to a READ, or what to run first.
  enum Answer<Response: Sendable>: Sendable {
    case response(Response)
    case reading(Reading)
  }

  /// Instances that are not yet read to their end, the next one first.
  private var unread: [(key: InstanceKey, snapshot: Snapshot)]
  /// Where to go on in the first of them.
  private var start = RowAddress.first
  private let slots: SlotSet
  /// Items of the copy that are not yet read.
  private(set) var itemsLeft: Int
  private let bytesPerItem: Int
  /// The newest part, and what it held.
  private(set) var newest: (number: UInt64, contents: TransferPart?) = (0, nil)
  /// Items that have changed since the copy was made, of each instance whose changes are noted.
  private var changed: [InstanceKey: ItemChanges] = [:]
  /// The limit of changed items of one instance that are noted.
  private var changedItemsMax = 0
  private var histories: HistoryCopy
  /// The last versions and newest ops, which come when all else is read; `nil`: not yet known.
  private var closing: [TransferPart]?

  /// The limit of changed items of one instance that are noted, unless another one is given.
  static let changedItemsMaxDefault = 4 << 20
  /// The changed items of one part.
  private static let changedItemsPerPart = 1024
  /// The answers to writers of one part, about.
  static let answersPerPart = 16_384

  /// A copy whose parts end with these.
  init(
    of slots: SlotSet, in instances: [InstanceKey: CollectionInstance], _ histories: ByCollection<HistoryTable>,
    closing: [TransferPart], withAnswers: Bool = false
  ) {
    self.init(of: slots, in: instances, histories)
    self.closing =
      closing + self.histories.closing(of: slots, histories, keys: instances.keys, withAnswers: withAnswers)
  }

  /// A copy in which changes are noted from now on, up to a limit for each instance.
  init(
    of slots: SlotSet, in instances: [InstanceKey: CollectionInstance], _ histories: ByCollection<HistoryTable>,
    changedItemsMax: Int
  ) {
    self.init(of: slots, in: instances, histories)
    self.changedItemsMax = changedItemsMax
    changed = instances.mapValues { _ in .none }
  }

  private init(
    of slots: SlotSet, in instances: [InstanceKey: CollectionInstance], _ histories: ByCollection<HistoryTable>
  ) {
    self.slots = slots
    self.histories = HistoryCopy(of: histories, keys: instances.keys)
    unread = instances.sorted { $0.key < $1.key }.map { ($0.key, $0.value.table.snapshot()) }
    itemsLeft = instances.values.reduce(0) { $0 + $1.count(in: slots) }
    let items = instances.values.reduce(0) { $0 + $1.table.count }
    bytesPerItem = instances.values.reduce(0) { $0 + $1.table.memory.totalBytes } / max(1, items)
  }

  /// Whether all that stood at the beginning is read.
  var isRead: Bool { unread.isEmpty && histories.isRead }

  /// Whether nothing is left to read.
  var isComplete: Bool { isRead && changedCount == 0 && closing?.isEmpty == true }

  /// Bytes of the items that are not yet read, about.
  var bytesLeft: Int { itemsLeft * bytesPerItem }

  /// Items that have changed and are not yet read.
  var changedCount: Int { changed.values.reduce(histories.changedCount) { $0 + $1.count } }

  /// Whether more items have changed than are noted: then the copy is of no use.
  var hasChangedTooMuch: Bool { changed.values.contains(.all) || histories.hasChangedTooMuch }

  // MARK: Changes

  /// Notes items that have changed.
  mutating func note(_ ids: some Sequence<UInt64>, of key: InstanceKey) {
    for id in ids where slots.contains(slot(of: ItemID(id))) { changed[key]?.note(id, idsMax: changedItemsMax) }
  }

  /// Notes histories that have changed.
  mutating func noteHistories(_ users: some Sequence<UInt64>, of name: String) {
    histories.note(users.filter { slots.contains(slot(of: ItemID($0))) }, of: name, most: changedItemsMax)
  }

  /// Goes on without the histories of a collection that is dropped.
  mutating func dropHistories(of name: String) {
    histories.drop(name)
    closing?.removeAll { $0.key.name == name }
  }

  /// Takes along what a new instance will hold.
  mutating func add(_ key: InstanceKey) { changed[key] = ItemChanges.none }

  /// Goes on without an instance that is dropped.
  mutating func drop(_ key: InstanceKey) {
    if unread.first?.key == key { start = .first }
    unread.removeAll { $0.key == key }
    changed[key] = nil
    closing?.removeAll { $0.key == key && $0.histories == nil }
  }

  // MARK: Reading

  /// Reads the newest part again or the next one: of the copy, then of what has changed, then of what closes it.
  ///
  /// - Parameter isFrozen: Whether the items change no more: before that nothing closes the copy.
  mutating func read(
    _ part: UInt64, in instances: [InstanceKey: CollectionInstance], _ tables: ByCollection<HistoryTable>,
    isFrozen: Bool,
    byteCountMax: Int
  ) -> Found {
    if part == newest.number { return .contents(newest.contents) }
    guard part == newest.number + 1 else { return .otherPart }
    guard !hasChangedTooMuch else { return .tooMuchChanged }
    if let (key, snapshot) = unread.first {
      return .reading(Reading(part: part, key: key, snapshot: snapshot, slots: slots, start: start))
    }
    if let next = histories.next(of: slots, tables, keys: instances.keys, byteCountMax: byteCountMax) {
      return keep(next)
    }
    if let next = takeChanged(in: instances, byteCountMax: byteCountMax) { return keep(next) }
    if let next = histories.takeChanged(in: tables, keys: instances.keys, byteCountMax: byteCountMax) {
      return keep(next)
    }
    guard isFrozen else { return .contents(nil) }
    if closing == nil {
      closing = instances.sorted { $0.key < $1.key }.flatMap {
        $0.value.closing(of: $0.key, slots, answersMax: Self.answersPerPart)
      }
      closing? += histories.closing(of: slots, tables, keys: instances.keys, withAnswers: true)
    }
    return closing?.isEmpty == false ? keep(closing?.removeFirst()) : .contents(nil)
  }

  /// Takes what a reading has found, unless another one took the same part meanwhile.
  ///
  /// - Returns: The contents of the part; `nil`: it is not the newest.
  mutating func take(_ outcome: Outcome) -> TransferPart? {
    let reading = outcome.reading
    if reading.part == newest.number + 1, unread.first?.key == reading.key, start == reading.start {
      itemsLeft = max(0, itemsLeft - outcome.contents.ids.count)
      start = outcome.next ?? .first
      if outcome.next == nil { unread.removeFirst() }
      if !outcome.contents.ids.isEmpty { _ = keep(outcome.contents) }
    }
    return newest.number == reading.part ? newest.contents : nil
  }

  /// Gives contents the next number, under which they can be read again.
  private mutating func keep(_ contents: TransferPart?) -> Found {
    newest = (newest.number + 1, contents)
    return .contents(contents)
  }

  /// Some of the items that have changed in the first instance that has such, as they are now or as gone.
  private mutating func takeChanged(
    in instances: [InstanceKey: CollectionInstance], byteCountMax: Int
  ) -> TransferPart? {
    guard let key = changed.filter({ $0.value.count > 0 }).keys.min(), let instance = instances[key] else {
      return nil
    }
    let snapshot = instance.table.snapshot()
    var rows: [RowAddress] = []
    var gone: [TransferPart.GoneItem] = []
    var bytes = 0
    while rows.count + gone.count < Self.changedItemsPerPart, bytes < byteCountMax, let id = changed[key]?.takeNext() {
      if let row = instance.table.lookup(ItemID(id))?.row {
        rows.append(row)
        bytes += snapshot.byteCount(at: row)
      } else {
        gone.append(.init(id: id, version: instance.slotVersions[Int(slot(of: ItemID(id)).rawValue)]))
      }
    }
    var part = TransferPart(of: key, snapshot, rows)
    part.gone = gone
    return part
  }
}

extension SlotCopy.Reading {
  /// The rows of one step.
  private static let rowsMax = 65_536

  /// Reads items until they have about `byteCountMax` bytes.
  func run(byteCountMax: Int) -> SlotCopy.Outcome {
    var rows: [RowAddress] = []
    var bytes = 0
    let next = snapshot.walk(from: start, rowsMax: Self.rowsMax) { row, id in
      guard slots.contains(slot(of: id)) else { return true }
      let more = snapshot.byteCount(at: row)
      guard rows.isEmpty || bytes + more <= byteCountMax && rows.count < TransferPart.rowsMax else { return false }
      bytes += more
      rows.append(row)
      return true
    }
    return SlotCopy.Outcome(reading: self, next: next, contents: TransferPart(of: key, snapshot, rows))
  }
}
