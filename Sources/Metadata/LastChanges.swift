import Bytes

/// The last change of each of a value's latest writers: so a writer whose answer was lost finds out whether its change
/// was made, also below later changes of others.
package struct LastChanges: Equatable, Sendable {
  /// Writers that are remembered; each coordinator and each member of a shard is one, as long as it runs.
  package static let writersMax = 16

  private var entries: [Entry] = []

  private struct Entry: Equatable {
    let writer: UInt64
    let number: UInt64
  }

  /// No change yet.
  package init() {}

  /// Whether a change has been made.
  package func contains(_ change: MetadataChange) -> Bool {
    entries.contains { $0.writer == change.writer && $0.number == change.number }
  }

  /// These after one more change.
  package func adding(_ change: MetadataChange) -> LastChanges {
    var new = LastChanges()
    let others = entries.filter { $0.writer != change.writer }
    new.entries = [Entry(writer: change.writer, number: change.number)] + others.prefix(Self.writersMax - 1)
    return new
  }

  /// Reads u8 n ≤ 16 · n × (writer u64 · number u64); `nil` if that is not what comes.
  init?(from reader: inout ByteReader) {
    do throws(ByteError) {
      let count = Int(try reader.read(UInt8.self))
      guard count <= Self.writersMax else { return nil }
      for _ in 0..<count {
        entries.append(Entry(writer: try reader.read(UInt64.self), number: try reader.read(UInt64.self)))
      }
    } catch { return nil }
  }

  /// Writes what `init(from:)` reads.
  func write(to writer: inout ByteWriter) {
    writer.write(UInt8(truncatingIfNeeded: entries.count))
    for entry in entries {
      writer.write(entry.writer)
      writer.write(entry.number)
    }
  }
}
