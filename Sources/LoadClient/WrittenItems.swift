package import Vocabulary
package import WinnowClient

/// What a load has written so far, and what an answer may therefore show: nothing older than the state acknowledged
/// before its query was sent, nothing that this load did not write, and nothing that was removed.
package struct WrittenItems: Sendable {
  /// A write, or a removal, of one item that is to be sent now.
  package struct Change: Sendable {
    package let id: UInt64
    package let revision: UInt64
    package let isDelete: Bool
  }

  /// The state of one id.
  private struct Entry: Sendable {
    /// The newest change that was acknowledged, and when, in acknowledgements.
    var acknowledged: (revision: UInt64, isDelete: Bool, at: UInt64)?
    /// The newest change that was sent; 0: none.
    var sent: UInt64 = 0
    var isBusy = false
  }

  private let ids: ClosedRange<UInt64>
  private let maker: WrittenItem
  private var entries: [UInt64: Entry] = [:]
  private var nextRevision: UInt64
  private let firstRevision: UInt64
  /// Changes that were acknowledged so far: the moment at which a query is sent.
  package private(set) var moment: UInt64 = 0

  /// Nothing written yet.
  ///
  /// - Parameters:
  ///   - ids: The ids that this load writes; no other client may write them meanwhile.
  ///   - firstRevision: Above those of all earlier loads, such as the time in microseconds.
  package init(ids: ClosedRange<UInt64>, maker: WrittenItem, firstRevision: UInt64) {
    self.ids = ids
    self.maker = maker
    self.firstRevision = firstRevision
    nextRevision = firstRevision
  }

  /// Ids that were ever written, ascending.
  package var touched: [UInt64] { entries.keys.sorted() }

  /// The next change; `nil` if too many ids are in flight.
  package mutating func begin(isDelete: Bool, _ draws: inout RequestDraws) -> Change? {
    // One change of an id at a time, so that what is acknowledged says what is there.
    for _ in 0..<16 {
      let id = draws.member(of: ids)
      if entries[id]?.isBusy ?? false { continue }
      defer { nextRevision += 1 }
      entries[id, default: Entry()].isBusy = true
      entries[id, default: Entry()].sent = nextRevision
      return Change(id: id, revision: nextRevision, isDelete: isDelete)
    }
    return nil
  }

  /// The item that a change writes.
  package func item(_ change: Change) -> Item { maker.item(change.id, revision: change.revision) }

  /// Takes in what became of a change.
  ///
  /// One that was not acknowledged may have happened, or happen yet: its id is left alone from then on.
  package mutating func finished(_ change: Change, isAcknowledged: Bool) {
    guard isAcknowledged else {
      entries[change.id, default: Entry()].acknowledged = nil
      return
    }
    moment += 1
    entries[change.id, default: Entry()].isBusy = false
    entries[change.id, default: Entry()].acknowledged = (change.revision, change.isDelete, moment)
  }

  /// Whether an item that was asked for by its id is what it may be, vectors included.
  ///
  /// - Parameters:
  ///   - stored: `nil`: there is none.
  ///   - moment: When it was asked for.
  package func isRight(_ id: UInt64, stored: StoredItems.Entry?, since moment: UInt64) -> Bool {
    guard let stored else {
      guard let entry = entries[id], let acknowledged = entry.acknowledged else { return true }
      return acknowledged.isDelete || acknowledged.at > moment || entry.sent != acknowledged.revision
    }
    guard let revision = maker.revision(id, of: stored.attributes),
      maker.isWritten(id, revision: revision, embedding: stored.embedding, rerank: stored.rerank)
    else { return false }
    return isRight(id, stored.attributes, since: moment) ?? false
  }

  /// Whether an item of an answer is what it may be; `nil`: it is none of the ids written here.
  ///
  /// - Parameter moment: When the query was sent.
  package func isRight(
    _ id: UInt64, _ values: [NamedAttribute], since moment: UInt64
  ) -> Bool? {
    guard ids.contains(id) else { return nil }
    guard let revision = maker.revision(id, of: values) else { return false }
    guard let entry = entries[id] else { return revision < firstRevision }
    guard revision <= entry.sent else { return false }
    // A write acknowledged after the query was sent does not bind its answer.
    guard let acknowledged = entry.acknowledged, acknowledged.at <= moment else { return true }
    return acknowledged.isDelete ? revision > acknowledged.revision : revision >= acknowledged.revision
  }
}
