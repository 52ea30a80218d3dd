import Security
import SocketTransport
import Storage
import Telemetry
import Transport
import Vocabulary

/// The audit log of a coordinator: who has administered it, who has proved a key or failed to, and who was refused.
///
/// What callers can bring about without a key is noted, at most some lines a minute, and written within a second; what
/// administers is on the disk before it is done.
final class AuditLog: Sendable {
  private struct Output {
    var file: AuditFile?
    /// Microseconds since 1970 when the head was last in the node's log.
    var headSaidAt: UInt64 = 0
    var lastFailure = ""
  }

  private static let headMicroseconds: UInt64 = 3_600_000_000

  private let path: String
  private let node: String
  private let log: Log
  private let queue = AuditQueue()
  /// Taken by the thread of the log alone, once it runs: it is held while the disk works.
  private let output = Lock(Output())
  private let thread = ComputePool(threadCount: 1)
  /// Lines that were written, and times that none could be.
  let (lines, failures) = (Counter(), Counter())

  /// Opens or begins the log.
  ///
  /// - Parameter node: The address of the coordinator.
  /// - Throws: `AuditFile.Fault`: a coordinator whose log cannot be written does not start.
  init(_ path: String, node: String, _ log: Log) throws(AuditFile.Fault) {
    (self.path, self.node, self.log) = (path, node, log)
    let file = try AuditFile(path, on: RealDisk())
    output.withLock { $0.file = file }
    let started = AuditEntry(what: "start", outcome: "OK")
    guard write(now(started)) else { throw AuditFile.Fault(output.withLock { $0.lastFailure }) }
  }

  /// Notes what matters less than that its caller waits.
  func note(_ entry: AuditEntry) { queue.add(now(entry)) }

  /// Writes an entry, and all that were noted before it.
  ///
  /// - Returns: Whether it is on the disk; else what it is about is not to be done.
  func record(_ entry: AuditEntry) async -> Bool {
    let noted = now(entry)
    return await withTaskExecutorPreference(thread) { await onThread(noted) }
  }

  /// Writes what is noted, once a second, and says where the chain is once an hour; until the task is cancelled.
  func run(_ loop: EventLoop) async {
    while !Task.isCancelled {
      await loop.sleep(until: loop.clock.now().advanced(microseconds: 1_000_000))
      _ = await withTaskExecutorPreference(thread) { await onThread(nil) }
    }
  }

  /// A function of its own, because the body of `withTaskExecutorPreference` may stay where the caller is.
  @concurrent
  private func onThread(_ entry: AuditQueue.Noted?) async -> Bool { write(entry) }

  private func now(_ entry: AuditEntry) -> AuditQueue.Noted { (entry, Log.presentTime()) }

  private func write(_ last: AuditQueue.Noted?) -> Bool {
    let (noted, leftOut) = queue.take()
    var entries = noted
    if leftOut > 0 { entries.append(now(AuditEntry(what: "left out", on: "\(leftOut) entries", outcome: "OK"))) }
    if let last { entries.append(last) }
    return write(entries, isDurable: last != nil, leftOut)
  }

  private func write(
    _ entries: [AuditQueue.Noted], isDurable: Bool, _ leftOut: UInt64
  ) -> Bool {
    output.withLock { output in
      do throws(AuditFile.Fault) {
        var file: AuditFile
        if let open = output.file { file = open } else { file = try AuditFile(path, on: RealDisk()) }
        let before = file.begunCount
        // What fails is opened once more: it goes on behind the last whole line that the disk has.
        output.file = nil
        if !entries.isEmpty { try file.append(entries, node: node, isDurable: isDurable) }
        output.file = file
        lines.add(UInt64(entries.count))
        let time = Log.presentMicroseconds()
        if before != file.begunCount || time >= output.headSaidAt &+ Self.headMicroseconds {
          output.headSaidAt = time
          log(
            .info, "head of the audit log", ["line": LogValue(file.head.number), "head": .text(file.head.hash)])
        }
        return true
      } catch {
        failures.add()
        output.lastFailure = error.text
        queue.leaveOut(leftOut + UInt64(entries.count))
        log.limited(
          by: "audit", every: 60_000_000, .error, "the audit log cannot be written: nothing is administered",
          ["reason": .text(error.text)])
        return false
      }
    }
  }
}
