import Arguments
import JSON
import Vocabulary
import WinnowClient

/// Reads the rows of a feed and tells what becomes of them: progress, and each row that could not be fed.
struct FeedReporter {
  /// Rejections that are shown to the person; all of them go into the file.
  private static let shownMax = 5

  private let rejects: OutputFile?
  private let rejectsMax: Int
  private let resumption: ResumeFile?
  private var progress: Progress
  private var shown = 0
  private var rejected = 0
  private var isWaiting = false
  /// Rows that are no changes of this collection.
  private(set) var badLines = 0
  /// The failure that ended the reading early.
  private(set) var failure: Failure?

  init(
    rejects: OutputFile? = nil, rejectsMax: Int = .max, resumption: ResumeFile? = nil, clock: any MonotonicClock
  ) {
    self.rejects = rejects
    self.rejectsMax = rejectsMax
    self.resumption = resumption
    progress = Progress("fed", unit: .items, total: nil, clock: clock)
  }

  /// The change of the next row that has one; `nil` at the end.
  mutating func next(_ source: inout FeedSource, _ reader: ItemReader) -> Feeder.Element? {
    while failure == nil {
      do throws(Failure) {
        guard let row = try source.next() else { return nil }
        guard case .fields(let fields, let check) = row else {
          if case .fault(let reason) = row { rejectBad(line: source.line, id: nil, reason) }
          continue
        }
        do throws(ItemReader.Mistake) {
          let change = try reader.change(fields, row: source.rowCount - 1)
          return Feeder.Element(tag: source.line, change: change.change, expecting: change.expecting, check: check)
        } catch {
          rejectBad(line: source.line, id: error.id, error.message)
        }
      } catch {
        failure = error
      }
    }
    return nil
  }

  /// Tells how far the feed is.
  mutating func tell(_ summary: FeedSummary, _ source: FeedSource) {
    isWaiting = false
    let share = source.byteCount.map { Double(source.bytesRead) / Double(max(1, $0)) }
    progress.advance(to: summary.itemsWritten, share: share)
  }

  /// Takes in what else happens.
  mutating func take(_ event: Feeder.Event) {
    switch event {
    case .settled(let stream, let position):
      do throws(Failure) { try resumption?.note(stream, position) } catch { failure = failure ?? error }
    case .waiting(let error):
      guard let error, !isWaiting else { return }
      isWaiting = true
      progress.finish()
      StandardStreams.error("waiting: \(error.description)\n")
    }
  }

  /// Tells of a row that was not fed.
  mutating func reject(line: Int, id: ItemID?, _ reason: String) {
    if let rejects, failure == nil {
      let entry = JSON.object([
        ("line", .int(line)), ("id", id.map { .id($0) } ?? .null), ("error", .text(reason)),
      ])
      do throws(Failure) { try rejects.write(line: entry.line) } catch { failure = error }
    }
    rejected += 1
    if rejected > rejectsMax, failure == nil {
      failure = Failure(
        .failed, "more than \(Text.grouped(rejectsMax)) lines could not be fed; the rest was left",
        advice: "is it the right file and collection? --reject-max raises the limit")
    }
    guard shown <= Self.shownMax else { return }
    shown += 1
    progress.finish()
    StandardStreams.error(shown <= Self.shownMax ? "line \(line): \(reason)\n" : "… and more\n")
  }

  private mutating func rejectBad(line: Int, id: ItemID?, _ reason: String) {
    badLines += 1
    reject(line: line, id: id, reason)
  }

  /// Clears the line of progress.
  func finish() { progress.finish() }
}
