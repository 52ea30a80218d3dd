import Bytes
import Storage

/// The bytes of a file piece by piece, unzipped where they are gzip, under any file name.
///
/// One owner at a time.
package final class InputFile {
  /// For errors.
  package let name: String
  private let source: Source
  /// Bytes read so far, as they lie in the file.
  package private(set) var bytesRead = 0
  private var gunzip: Gunzip?
  /// Bytes that were read to recognise the file; `next` gives them first.
  private var ahead: [UInt8] = []
  /// The first bytes, unzipped: 512 at least, or all that there are.
  package private(set) var head: [UInt8] = []
  /// Whether the file is gzip.
  var isZipped: Bool { gunzip != nil }

  private static let pieceBytes = 1 << 18

  private enum Source {
    case file(ReadableFile)
    case pieces(Pieces)
  }

  private final class Pieces {
    var rest: ArraySlice<[UInt8]>

    init(_ pieces: [[UInt8]]) { rest = pieces[...] }
  }

  /// Opens a file; `-` is standard input.
  package convenience init(_ path: String) throws(DataError) {
    let source: Source
    do throws(DiskError) { source = .file(try ReadableFile(path == "-" ? "/dev/stdin" : path)) } catch {
      throw DataError(path, .unreadable, error.text)
    }
    try self.init(name: path == "-" ? "standard input" : path, source)
  }

  /// Bytes in memory that stand for a file.
  package convenience init(name: String, pieces: [[UInt8]]) throws(DataError) {
    try self.init(name: name, .pieces(Pieces(pieces.filter { !$0.isEmpty })))
  }

  private init(name: String, _ source: Source) throws(DataError) {
    self.name = name
    self.source = source
    var start: [UInt8] = []
    while start.count < 3 {
      let piece = try Self.piece(of: source, name)
      if piece.isEmpty { break }
      start += piece
    }
    bytesRead = start.count
    if start.starts(with: [0x1F, 0x8B]) {
      let gunzip = Gunzip()
      gunzip.feed(start)
      self.gunzip = gunzip
    } else {
      if name.hasSuffix(".gz"), !start.isEmpty {
        throw DataError(name, .gzip, "it is called .gz and is not gzip", advice: "rename it or compress it again")
      }
      ahead = start
    }
    while ahead.count < ForeignFormat.headBytes {
      let piece = try more()
      if piece.isEmpty { break }
      ahead += piece
    }
    head = ahead
    if let format = ForeignFormat(head: head) {
      throw DataError(
        name, .encoding, "it is \(format.name), not a table or JSON Lines", advice: format.advice(for: .rows))
    }
  }

  /// Bytes of the file as it lies there; `nil` if that is not known.
  package var byteCount: Int? { if case .file(let file) = source { (try? file.byteCount()) ?? nil } else { nil } }

  /// The next bytes; none at the end.
  package func next() throws(DataError) -> [UInt8] {
    guard ahead.isEmpty else {
      defer { ahead = [] }
      return ahead
    }
    return try more()
  }

  /// The bytes behind those that were read so far.
  private func more() throws(DataError) -> [UInt8] {
    guard let gunzip else { return try piece() }
    do throws(GzipError) {
      while true {
        let bytes = try gunzip.next(Self.pieceBytes)
        if !bytes.isEmpty { return bytes }
        let piece: [UInt8]
        do throws(DataError) { piece = try self.piece() } catch { throw .damaged }
        guard !piece.isEmpty else {
          try gunzip.finish()
          return []
        }
        gunzip.feed(piece)
      }
    } catch {
      throw DataError(
        name, .gzip, error == .truncated ? "the gzip data end in the middle" : "the gzip data are damaged",
        advice: "copy or compress the file again; 'gzip -t' checks it")
    }
  }

  private func piece() throws(DataError) -> [UInt8] {
    let piece = try Self.piece(of: source, name)
    bytesRead += piece.count
    return piece
  }

  private static func piece(of source: Source, _ name: String) throws(DataError) -> [UInt8] {
    switch source {
    case .pieces(let pieces): return pieces.rest.popFirst() ?? []
    case .file(let file):
      do throws(DiskError) { return try file.next(pieceBytes) } catch {
        throw DataError(name, .unreadable, error.text)
      }
    }
  }
}
