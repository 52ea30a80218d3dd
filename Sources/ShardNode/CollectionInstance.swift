import Placement
import Retrieval
import Vocabulary
import Wire

/// A collection in one generation, as a shard keeps it.
///
/// Every change of an item goes through `store`, `alter` or `remove`, which keep the counts and note the change.
struct CollectionInstance {
  let schema: CollectionSchema
  let table: ItemTable
  /// The last version given to an item of each slot, `[4096]`.
  private(set) var slotVersions: [UInt64]
  /// How many items each slot holds, `[4096]`.
  private(set) var slotCounts = [Int](repeating: 0, count: Limits.slotCount)
  var ledger = WriteLedger()
  /// The items that the next checkpoint has to write.
  var changes: ItemChanges
  /// The slots that hold an item.
  private(set) var occupied = SlotSet()
  /// Masks that withhold items of slots that the shard has, but does not own under the epoch of a search.
  var masks = OwnedSlotsMasks()

  /// - Parameters:
  ///   - lexical: Made of the schema.
  ///   - changes: `.all` for an instance that the next checkpoint has to write whole.
  init(
    schema: CollectionSchema, lexical: LexicalSettings?,
    slotVersions: [UInt64] = Array(repeating: 0, count: Limits.slotCount),
    changes: ItemChanges = .untracked
  ) {
    self.schema = schema
    self.slotVersions = slotVersions
    self.changes = changes
    table = ItemTable(schema: schema, lexical: lexical)
  }

  /// Items of the slots of a set.
  func count(in slots: SlotSet) -> Int { slots.slots.reduce(0) { $0 + slotCounts[Int($1.rawValue)] } }

  /// Lets the versions of a slot go on behind one that was given elsewhere.
  mutating func raiseVersion(of slot: Slot, to version: UInt64) {
    slotVersions[Int(slot.rawValue)] = max(slotVersions[Int(slot.rawValue)], version)
  }

  /// Lets the versions of all slots go on from other numbers.
  mutating func raiseVersions(_ raised: (UInt64) -> UInt64) { slotVersions = slotVersions.map(raised) }

  /// Stores an item, in place of the one of its id if there is one.
  ///
  /// - Precondition: the item has passed `ItemError.check`, and the table has room.
  mutating func store(_ item: Item, version: UInt64) {
    do throws(ItemError) { try put(item, version: version) } catch {
      preconditionFailure("an item that has been checked")
    }
  }

  /// Stores whole items with the versions that they have.
  ///
  /// - Throws: what does not fit the schema; the instance is of no use then.
  mutating func load(_ rows: GetResponse) throws(WireError) {
    let items = try rows.items(of: schema, dimensionsAt: 8)
    do throws(ItemError) {
      for (item, version) in zip(items, rows.versions) { try put(item, version: version) }
    } catch { throw WireError(error) }
  }

  /// Checks and stores an item.
  ///
  /// - Throws: its first fault, before anything changes.
  private mutating func put(_ item: Item, version: UInt64) throws(ItemError) {
    let old = try table.upsert(item, version: version)
    let slot = slot(of: item.id)
    if old == nil { slotCounts[Int(slot.rawValue)] += 1 }
    occupied.insert(slot)
    changes.note(item.id.rawValue)
  }

  /// Changes attributes of an item, if it is there.
  ///
  /// - Precondition: the changes have passed `ItemError.check`, and the table has room.
  mutating func alter(_ id: ItemID, _ attributes: [AttributeChange], version: UInt64) {
    do throws(ItemError) {
      if try table.update(id, attributes, version: version) != nil { changes.note(id.rawValue) }
    } catch { preconditionFailure("changes that have been checked") }
  }

  /// Removes an item, if it is there.
  mutating func remove(_ id: ItemID) {
    guard table.delete(id) != nil else { return }
    let slot = slot(of: id)
    slotCounts[Int(slot.rawValue)] -= 1
    if slotCounts[Int(slot.rawValue)] == 0 { occupied.remove(slot) }
    changes.note(id.rawValue)
  }
}
