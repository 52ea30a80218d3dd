import Storage
import Telemetry
import Transport
import Vocabulary
import Wire

/// What was done with the cluster, and what it did by itself: the last events, in the data directory.
///
/// An event is written right after it was noted, by the task that runs `run`: no request waits for the disk, and a
/// coordinator that is killed may lose the events of its last moment.
final class ClusterLog: Sendable {
  private struct State {
    /// By number, ascending.
    var events: [ClusterEvent] = []
    var total: UInt64 = 0

    /// Removes the oldest of the cluster's own events beyond `own`, then the oldest beyond `most`.
    mutating func trim(to most: Int, own: Int) {
      if events.count(where: { $0.kind.isOwn }) > own, let oldest = events.firstIndex(where: { $0.kind.isOwn }) {
        events.remove(at: oldest)
      }
      if events.count > most { events.removeFirst(events.count - most) }
    }
  }

  private static let byteCountMax = 1 << 20
  /// Of those that are kept at most this number are of the cluster itself: a shard that comes and goes all the time
  /// leaves the acts of people there.
  private static let ownMax = ClusterEvent.keptMax / 2
  private static let formatVersion: UInt8 = 1
  private static let pauseMicroseconds: UInt64 = 1_000_000

  private let file: TwoGenerationFile
  private let surroundings: Coordinator.Surroundings
  private let bell: Bell
  private let state: Lock<State>

  /// Opens what the data directory holds. A log that is damaged is begun again: the cluster does not wait for it.
  init(_ surroundings: Coordinator.Surroundings) {
    self.surroundings = surroundings
    bell = Bell(timers: surroundings.timers)
    file = surroundings.directory.twoGenerationFile("cluster-log", limit: Self.byteCountMax)
    var state = State()
    do throws(StorageError) {
      let contents = try file.read()
      surroundings.warn(ofDamaged: contents?.damagedPath)
      state = try contents.map { (contents) throws(StorageError) in try Self.decoded(contents.bytes) } ?? state
    } catch {
      surroundings.log?(
        .warning, "the log of the cluster cannot be read: it begins again", ["reason": .text(error.text)])
      // Of files that are both damaged none is ever written over.
      for path in file.paths { try? surroundings.directory.disk.remove(path) }
    }
    self.state = Lock(state)
  }

  private static func decoded(_ bytes: [UInt8]) throws(StorageError) -> State {
    do throws(WireError) {
      guard bytes.first == formatVersion else { throw WireError(.malformedBody) }
      let kept = try ClusterLogResponse(body: bytes[1...])
      return State(events: kept.events, total: max(kept.total, kept.events.last?.number ?? 0))
    } catch { throw .damaged(path: "cluster-log", hint: "it is whole but no log of the cluster") }
  }

  // MARK: Noting

  /// Notes an event, unless a caller repeats the newest one.
  func note(_ event: ClusterEvent) {
    let time = surroundings.wallMicroseconds()
    let isNew = state.withLock { state in
      var new = event
      if let last = state.events.last, !event.kind.isOwn {
        (new.number, new.time) = (last.number, last.time)
        // Runs are told apart by what they came to; one that is told again may come by another connection.
        if event.kind == .loopRun { new.caller = last.caller } else { new.detail = last.detail }
        guard new != last else { return false }
      }
      state.total += 1
      new = event
      (new.number, new.time) = (state.total, time)
      state.events.append(new)
      state.trim(to: ClusterEvent.keptMax, own: Self.ownMax)
      return true
    }
    if isNew { bell.ring() }
  }

  /// Notes what the cluster did by itself.
  func note(_ kind: ClusterEvent.Kind, of subject: String, _ detail: String = "") {
    note(ClusterEvent(kind, of: subject, detail))
  }

  /// A function of a route whose requests are noted, whether they are done or refused.
  func noting<Request: ClusterAct>(
    _ handle: @escaping @Sendable (Request, InboundRequest) async throws(WireError) -> Request.Reply
  ) -> @Sendable (Request, InboundRequest) async throws(WireError) -> Request.Reply {
    { [self] (request, inbound) async throws(WireError) in
      do throws(WireError) {
        let reply = try await handle(request, inbound)
        if let act = request.act(reply) { note(act.by(inbound.callerName)) }
        return reply
      } catch {
        if let act = request.act(nil) { note(act.by(inbound.callerName, refusedWith: error)) }
        throw error
      }
    }
  }

  // MARK: Asking

  /// The newest events behind a number, as CLUSTER_LOG answers them, once what the request tells is noted.
  func answer(_ request: ClusterLogRequest, _ inbound: InboundRequest) -> ClusterLogResponse {
    if let noted = request.noted { note(noted.by(inbound.callerName)) }
    let now = surroundings.wallMicroseconds()
    let oldest = request.ageMicrosecondsMax == 0 ? 0 : now - min(now, request.ageMicrosecondsMax)
    return state.withLock { state in
      let events = state.events.filter { $0.number > request.after && $0.time >= oldest }
      return ClusterLogResponse(total: state.total, events: events.suffix(request.limit))
    }
  }

  /// The newest events, by number, ascending.
  ///
  /// - Parameter kind: `nil`: of any.
  func newest(_ count: Int, _ kind: ClusterEvent.Kind? = nil) -> [ClusterEvent] {
    state.withLock { Array($0.events.filter { kind == nil || $0.kind == kind }.suffix(count)) }
  }

  /// Who did something last that is under way, such as ` (begun by winnow 0.1 at 10.0.0.7:50512)`; empty: that is not
  /// known.
  ///
  /// - Parameter subject: `nil`: of any.
  func beginner(_ kinds: [ClusterEvent.Kind], of subject: String? = nil) -> String {
    let event = state.withLock { state in
      state.events.last { kinds.contains($0.kind) && $0.error == nil && (subject == nil || $0.subject == subject) }
    }
    guard let event, !event.caller.isEmpty else { return "" }
    return " (begun by \(event.caller))"
  }

  // MARK: Writing

  /// Writes what is noted, until the task is cancelled.
  func run() async {
    var written: UInt64 = 0
    while !Task.isCancelled {
      // Without room on the disk it is tried again.
      let isWaiting = state.withLock { $0.total > written }
      await bell.wait(until: isWaiting ? surroundings.later(Self.pauseMicroseconds) : nil)
      await withTaskExecutorPreference(surroundings.background) { await write(&written) }
    }
  }

  /// Writes all events unless they are written. A function of its own, because the body of `withTaskExecutorPreference`
  /// may stay where the caller is.
  @concurrent
  private func write(_ written: inout UInt64) async {
    let state = state.withLock { $0 }
    guard state.total > written else { return }
    let log = ClusterLogResponse(total: state.total, events: state.events)
    do throws(StorageError) {
      _ = try file.write([Self.formatVersion] + log.body.bytes)
      written = state.total
    } catch {
      surroundings.log?.limited(
        by: "cluster-log", every: 60_000_000, .warning, "the log of the cluster cannot be written",
        ["reason": .text(error.text)])
    }
  }
}

extension ClusterEvent {
  /// The event of a caller.
  fileprivate func by(_ caller: String, refusedWith error: WireError? = nil) -> ClusterEvent {
    ClusterEvent(kind, of: subject, error?.message ?? detail, by: caller, error: error?.code)
  }
}
