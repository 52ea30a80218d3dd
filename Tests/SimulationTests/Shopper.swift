import Transport
import Vocabulary
import WinnowClient

/// A front end of a simulation, which says what its shoppers did, now and then late, and has some of them forgotten.
struct Shopper: Sendable {
  let client: WinnowClient
  let world: World
  let lane: Lane
  let oracle: EventOracle
  let history: History
  /// The shoppers that only this front end knows.
  let users: [UInt64]

  /// Works until it is told to stop.
  func work(until isOver: @Sendable () -> Bool) async {
    while !isOver() {
      let user = users[world.draw(below: users.count)]
      switch world.draw(below: 10) {
      case 0...6: await send()
      case 7, 8: await check(user, timeout: patience)
      default: if EventOracle.isForgettable(user) { await forget(user) }
      }
      await lane.sleep(until: world.now.advanced(microseconds: world.draw() % 60_000))
    }
  }

  private var patience: Duration { .milliseconds(200 + world.draw(below: 3000)) }

  /// A batch of several shoppers, so that it goes to several shards; some events are late.
  private func send() async {
    let now = Int64(world.now.nanoseconds / 1000)
    let isForgettable = world.draw(below: 4) == 0
    let chosen = users.filter { EventOracle.isForgettable($0) == isForgettable }
    let events = (0...world.draw(below: 5)).map { _ in
      // What is late may be from before a forgetting.
      let late = isForgettable || world.draw(below: 3) > 0 ? 0 : world.draw(below: 400_000)
      return UserEvent(
        .click, by: UserID(chosen[world.draw(below: chosen.count)]), item: ItemID(oracle.nextNumber()),
        time: max(1, now - Int64(late)))
    }
    do throws(WinnowError) {
      let outcome = try await client.send(events, to: Shop.name, timeout: patience)
      let isWhole = outcome.accepted == events.count
      history.count(isWhole ? "batch" : "batch in part")
      oracle.ended(events, isKept: isWhole ? true : nil)
    } catch {
      history.count(error.isIndefinite ? "batch in doubt" : "batch refused: \(error.name)")
      oracle.ended(events, isKept: error.isIndefinite ? nil : false)
    }
  }

  private func forget(_ user: UInt64) async {
    do throws(WinnowError) {
      _ = try await client.forget(UserID(user), in: Shop.name, timeout: patience)
      history.count("forget")
      oracle.forgot(user, isCertain: true)
    } catch {
      history.count("forget: \(error.name)")
      oracle.forgot(user, isCertain: false)
    }
  }

  /// Reads the history of a shopper.
  ///
  /// - Returns: Whether it could be read.
  @discardableResult
  func check(_ user: UInt64, timeout: Duration = .seconds(5)) async -> Bool {
    do throws(WinnowError) {
      oracle.check(user, try await client.history(of: UserID(user), in: Shop.name, timeout: timeout))
      return true
    } catch {
      history.count("history: \(error.name)")
      return false
    }
  }
}
