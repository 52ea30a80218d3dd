import Support
import Transport
import Vocabulary
import WinnowClient

/// A client of a simulation: it writes the items that are its own, one write at a time, and reads everybody's.
struct Worker: Sendable {
  let client: WinnowClient
  let world: World
  let lane: Lane
  let shop: Shop
  let history: History
  /// The items that only this worker writes.
  let own: [UInt64]
  /// Whether an answer may say that it has seen all.
  let mayBeFull: @Sendable () -> Bool

  /// Works until it is told to stop.
  func work(until isOver: @Sendable () -> Bool) async {
    while !isOver() {
      switch world.draw(below: 10) {
      case 0...3: await write(some(of: own, most: 4))
      case 4: await remove(some(of: own, most: 2))
      case 5: await writeConditionally(own[world.draw(below: own.count)])
      case 6, 7: await read(some(of: shop.ids, most: 6))
      default: await rank()
      }
      await lane.sleep(until: world.now.advanced(microseconds: world.draw() % 60_000))
    }
  }

  private func some(of ids: [UInt64], most: Int) -> [UInt64] {
    var chosen: [UInt64] = []
    for _ in 0...world.draw(below: most) {
      let id = ids[world.draw(below: ids.count)]
      if !chosen.contains(id) { chosen.append(id) }
    }
    return chosen
  }

  private var patience: Duration { .milliseconds(200 + world.draw(below: 3000)) }

  // MARK: Writes

  func write(_ ids: [UInt64], timeout: Duration? = nil) async {
    let revision = history.nextRevision()
    for id in ids { history.began(id, .present(revision: revision)) }
    await settle(ids, .present(revision: revision)) { () async throws(WinnowError) in
      try await client.upsert(
        ids.map { Shop.item($0, revision: revision) }, schema: shop.schema, into: Shop.name,
        timeout: timeout ?? patience)
    }
  }

  private func remove(_ ids: [UInt64]) async {
    for id in ids { history.began(id, .absent) }
    await settle(ids, .absent) { () async throws(WinnowError) in
      try await client.delete(ids.map { ItemID($0) }, from: Shop.name, timeout: patience)
    }
  }

  private func writeConditionally(_ id: UInt64) async {
    let known = history.knowledge(of: id)
    let right: ExpectedVersion = known.content == .absent ? .absent : .version(known.version)
    let expecting = world.draw() % 3 == 0 ? .version(known.version + 7) : right
    let revision = history.nextRevision()
    history.began(id, .present(revision: revision))
    await settle([id], .present(revision: revision), expecting: expecting) { () async throws(WinnowError) in
      try await client.upsert(
        [Shop.item(id, revision: revision)], schema: shop.schema, into: Shop.name, expecting: [expecting],
        timeout: patience)
    }
  }

  private func settle(
    _ ids: [UInt64], _ content: History.Content, expecting: ExpectedVersion? = nil,
    _ write: () async throws(WinnowError) -> WriteOutcome
  ) async {
    do throws(WinnowError) {
      let outcome = try await write()
      history.count(outcome.isSettled ? "write" : "write in part")
      for (index, id) in ids.enumerated() {
        history.ended(id, content, outcome.statuses[index], version: outcome.versions[index], expecting: expecting)
      }
    } catch {
      history.count(error.isIndefinite ? "write in doubt" : "write refused: \(error.name)")
      for id in ids { history.ended(id, content, error.isIndefinite ? nil : .notExecuted, version: 0) }
    }
  }

  // MARK: Reads

  @discardableResult
  func read(_ ids: [UInt64]) async -> StoredItems? {
    let view = history.view
    do throws(WinnowError) {
      let answer = try await client.get(
        ids.map { ItemID($0) }, from: Shop.name, withEmbeddings: true, timeout: patience)
      history.check(answer, of: ids, since: view)
      return answer
    } catch {
      history.count("read failed: \(error.name)")
      return nil
    }
  }

  @discardableResult
  func rank() async -> RankAnswer? {
    let brand = world.draw() % 3 == 0 ? "brand\(world.draw(below: 3))" : nil
    var query = RankQuery(collection: Shop.name, k: 1 + world.draw(below: 12))
    query.vector = Shop.query(world.draw())
    query.filter = brand.map { "brand = \($0)" } ?? ""
    query.attributes = .all
    query.timeout = .milliseconds(100 + world.draw(below: 1500))
    let (view, mayBeFull, epoch) = (history.view, mayBeFull(), history.epoch)
    do throws(WinnowError) {
      let answer = try await client.rank(query)
      history.check(answer.report.epoch, since: epoch)
      history.check(answer, to: query, brand: brand, since: view, mayBeFull: mayBeFull)
      return answer
    } catch {
      history.count("rank failed: \(error.name)")
      return nil
    }
  }

  /// Checks that no item came from two shards.
  func checkDuplicates() async {
    guard let text = try? await client.metrics(timeout: .seconds(2)) else { return }
    let line = text.split(separator: "\n").first { $0.hasPrefix("winnow_query_duplicates_total ") }
    let value = line?.split(separator: " ").last ?? ""
    if value != "0" { history.violated("shards sent \(value) items twice") }
  }
}
