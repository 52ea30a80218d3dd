import Arguments
import Vocabulary
import WinnowClient

/// Reads the lines of a feed and tells what becomes of them: progress, and each line that could not be fed.
struct FeedReporter {
  /// Rejections that are shown to the person; all of them go into the file.
  private static let shownMax = 5

  private let rejects: ByteSink?
  private var progress: Progress
  private let total: Int?
  private var shown = 0
  /// Lines that are no items of this collection.
  private(set) var badLines = 0
  /// What ended the reading early.
  private(set) var failure: Failure?

  init(rejects: ByteSink?, total: Int?, clock: any MonotonicClock) {
    self.rejects = rejects
    self.total = total
    progress = Progress("fed", unit: .items, total: nil, clock: clock)
  }

  /// The item of the next line that has one; `nil` at the end.
  mutating func nextItem(_ lines: inout LineSource, _ reader: ItemReader) -> Feeder.Element? {
    while failure == nil {
      let line: ArraySlice<UInt8>
      do throws(Failure) {
        guard let next = try lines.next() else { return nil }
        line = next
      } catch {
        failure = error
        return nil
      }
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
      do throws(ItemReader.Mistake) {
        return Feeder.Element(tag: lines.number, item: try reader.item(line))
      } catch {
        badLines += 1
        reject(line: lines.number, id: error.id, error.message)
      }
    }
    return nil
  }

  /// Tells how far the feed is.
  mutating func tell(_ summary: FeedSummary, bytesRead: Int) {
    progress.advance(to: summary.itemsWritten, share: total.map { Double(bytesRead) / Double(max(1, $0)) })
  }

  /// Tells of a line that was not fed.
  mutating func reject(line: Int, id: ItemID?, _ reason: String) {
    if let rejects, failure == nil {
      let entry = JSON.object([
        ("line", .int(line)), ("id", id.map { .id($0.rawValue) } ?? .null), ("error", .text(reason)),
      ])
      do throws(Failure) { try rejects.write(entry.line) } catch { failure = error }
    }
    guard shown <= Self.shownMax else { return }
    shown += 1
    progress.finish()
    StandardStreams.error(shown <= Self.shownMax ? "line \(line): \(reason)\n" : "… and more\n")
  }

  /// Clears the line of progress.
  func finish() { progress.finish() }
}
