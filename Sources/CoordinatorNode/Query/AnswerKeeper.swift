import Answers
import Storage
import Telemetry
import Vocabulary
import Wire

/// The files of the answer log, of the one task that writes them.
struct AnswerKeeper: Sendable {
  /// A shopper of a collection, as the catalogue remembers one who was forgotten.
  private struct Shopper: Hashable {
    let collection: String
    let fingerprint: UInt64
  }

  /// After a failure of the disk nothing is tried for so long.
  private static let retryMicroseconds: Int64 = 5_000_000

  private let bytesMax: Int
  private let surroundings: Coordinator.Surroundings
  private let metrics: AnswerMetrics
  /// `nil`: the directory could not be opened yet.
  private var writer: AnswerWriter?
  private var failedAt: Int64?
  /// The shoppers that the files are without, and until when.
  private var forgotten = ForgottenShoppers()
  private var times: [Shopper: Int64] = [:]

  init(bytesMax: Int, _ surroundings: Coordinator.Surroundings, _ metrics: AnswerMetrics) {
    (self.bytesMax, self.surroundings, self.metrics) = (bytesMax, surroundings, metrics)
  }

  /// Writes answers, and removes those about shoppers who were forgotten.
  mutating func keep(_ answers: [LoggedAnswer], _ shoppers: ForgottenShoppers) {
    let now = surroundings.wallTime
    if let failedAt, now - failedAt < Self.retryMicroseconds {
      metrics.dropped(answers.count, .disk)
      return
    }
    var left = answers.count
    do throws(DiskError) {
      failedAt = nil
      try open()
      try forget(shoppers)
      try write(answers.filter { !isForgotten($0) }, now, left: &left)
    } catch {
      metrics.dropped(left, .disk)
      failedAt = now
      surroundings.log?.limited(
        by: "answer-log", every: 60_000_000, .warning, "the answer log cannot be written",
        ["reason": .text(error.text)])
    }
    if let writer { metrics.bytes.set(Double(writer.byteCount)) }
  }

  /// Makes all that was written durable.
  mutating func close() { try? writer?.finish() }

  private mutating func open() throws(DiskError) {
    guard writer == nil else { return }
    let directory = surroundings.directory
    writer = try AnswerWriter(
      directory.file("answers"), on: directory.disk, AnswerWriter.Limits(bytesMax: bytesMax),
      random: surroundings.random)
  }

  /// - Parameter left: Answers that are not in the files.
  private mutating func write(_ answers: [LoggedAnswer], _ now: Int64, left: inout Int) throws(DiskError) {
    guard !answers.isEmpty, let outcome = writer?.write(answers, now: now) else { return }
    metrics.wrote(outcome)
    left = answers.count - outcome.written
    if let failure = outcome.failure { throw failure }
  }

  private func isForgotten(_ answer: LoggedAnswer) -> Bool {
    guard !times.isEmpty, let user = answer.user else { return false }
    let shopper = Shopper(collection: answer.collection, fingerprint: HistoryPart.Forgotten.fingerprint(of: user))
    return times[shopper].map { answer.time <= $0 } ?? false
  }

  private mutating func forget(_ shoppers: ForgottenShoppers) throws(DiskError) {
    guard shoppers != forgotten else { return }
    times = [:]
    for entry in shoppers.entries {
      times[Shopper(collection: entry.collection, fingerprint: entry.shopper.fingerprint)] = entry.shopper.time
    }
    let own = self
    let count = try writer?.remove { own.isForgotten($0) } ?? 0
    forgotten = shoppers
    metrics.forgotten.add(UInt64(count))
  }
}
