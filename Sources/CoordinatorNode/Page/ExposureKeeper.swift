import Arrangement
import Storage
import Telemetry
import Transport
import Vocabulary
import Wire

/// What groups of items have been shown over time, and what each is owed.
///
/// A coordinator steers what it shows itself: where each one's shares meet the targets, those of all do. It writes them
/// every ten seconds while they change, and when it stops.
final class ExposureKeeper: Sendable {
  private struct State {
    var book = ExposureBook()
    /// Whether the file has an older one.
    var isNews = false
    var shown: Instant?
  }

  private static let microsecondsBetweenReadings: UInt64 = 1_000_000
  private static let microsecondsBetweenWrites: UInt64 = 10_000_000

  private let file: TwoGenerationFile
  private let state: Lock<State>
  private let bell: Bell
  private let registry: MetricRegistry
  private let surroundings: Coordinator.Surroundings

  /// Opens what the data directory holds. What is damaged begins again: no query waits for it.
  init(_ surroundings: Coordinator.Surroundings, _ registry: MetricRegistry) {
    (self.registry, self.surroundings) = (registry, surroundings)
    bell = Bell(timers: surroundings.timers)
    file = surroundings.directory.twoGenerationFile("exposure", limit: ExposureBook.byteCountMax)
    var state = State()
    do throws(StorageError) {
      let contents = try file.read()
      surroundings.warn(ofDamaged: contents?.damagedPath)
      if let contents {
        do throws(WireError) { state.book = try ExposureBook(bytes: contents.bytes) } catch {
          throw .damaged(path: "exposure", hint: "it is whole but no exposure of groups")
        }
      }
    } catch {
      surroundings.log?(
        .warning, "the exposure of groups cannot be read: it begins again", ["reason": .text(error.text)])
      for path in file.paths { try? surroundings.directory.disk.remove(path) }
    }
    self.state = Lock(state)
  }

  private static func scope(_ collection: String, _ exposure: PageRequest.Exposure) -> ExposureBook.Scope {
    ExposureBook.Scope(
      collection: collection, attribute: exposure.attribute ?? "", groups: exposure.targets.map(\.group.exact))
  }

  /// What each target's group is owed, in lists.
  func owed(_ collection: String, _ exposure: PageRequest.Exposure) -> [Double] {
    let entry = state.withLock { $0.book.entries[Self.scope(collection, exposure)] }
    return exposure.targets.enumerated().map { entry?.balance.owed($0, target: Double($1.share)) ?? 0 }
  }

  /// Counts a page that was shown.
  func note(_ collection: String, _ exposure: PageRequest.Exposure, _ groups: [Int?]) {
    let scope = Self.scope(collection, exposure)
    let now = surroundings.clock.now()
    let (isNews, isDue) = state.withLock { state in
      state.book.add(groups, to: scope, targets: exposure.targets.map(\.share))
      let isNews = !state.isNews
      state.isNews = true
      let isDue = state.shown.map { $0.microseconds(until: now) >= Self.microsecondsBetweenReadings } ?? true
      if isDue { state.shown = now }
      return (isNews, isDue)
    }
    if isNews { bell.ring() }
    if isDue { show() }
  }

  // MARK: Writing

  /// Writes what has changed, until the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      let isNews = state.withLock { $0.isNews }
      await bell.wait(until: isNews ? surroundings.later(Self.microsecondsBetweenWrites) : nil)
      guard isNews, !Task.isCancelled else { continue }
      await withTaskExecutorPreference(surroundings.background) { await write() }
    }
  }

  /// Writes what the file does not have.
  @concurrent func write() async {
    let book = state.withLock { state in
      defer { state.isNews = false }
      return state.isNews ? state.book : nil
    }
    guard let book else { return }
    do throws(StorageError) { _ = try file.write(book.bytes) } catch {
      state.withLock { $0.isNews = true }
      surroundings.log?.limited(
        by: "exposure", every: 60_000_000, .warning, "the exposure of groups cannot be written",
        ["reason": .text(error.text)])
    }
  }

  // MARK: Showing

  /// Shows the shares in place of those that were shown before.
  private func show() {
    let entries = state.withLock { $0.book.entries }
    var shares: [(labels: [MetricRegistry.Label], value: Double)] = []
    var wanted = shares
    // Of scopes with other groups beside the same one, the first stands for it.
    var seen: Set<[ExactText]> = []
    for (scope, entry) in entries {
      for (place, group) in scope.groups.enumerated()
      where seen.insert([scope.collection.exact, scope.attribute.exact, group]).inserted {
        let labels: [MetricRegistry.Label] = [
          ("collection", scope.collection), ("attribute", scope.attribute), ("group", group.text),
        ]
        shares.append((labels, entry.balance.share(of: place)))
        wanted.append((labels, Double(entry.targets[place])))
      }
    }
    registry.show(
      "winnow_exposure_share", help: "The share of all exposure that a group of items has had.", shares)
    registry.show(
      "winnow_exposure_target", help: "The share of all exposure that a group of items is to have.", wanted)
  }
}
