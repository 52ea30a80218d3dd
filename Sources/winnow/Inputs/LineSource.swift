import Arguments
import DataSets

/// The lines of a file or of standard input, unzipped if they are gzip, with their numbers from 1.
struct LineSource {
  private let file: InputFile
  private var lines: LineReader

  init(_ path: String) throws(Failure) {
    do throws(DataError) { file = try InputFile(path) } catch { throw Failure(error) }
    lines = LineReader(file)
  }

  /// The number of the line given last.
  var number: Int { lines.number }

  /// The next line without its end; `nil` behind the last.
  mutating func next() throws(Failure) -> ArraySlice<UInt8>? {
    do throws(DataError) {
      guard let line = try lines.next() else { return nil }
      if case .line(let bytes) = line { return bytes[...] }
    } catch { throw Failure(error) }
    throw Failure(.failed, "line \(number) has more than \(LineReader.lineBytesMax) bytes")
  }
}
