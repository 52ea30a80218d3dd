import Bytes
import Storage

/// The bytes of a file piece by piece, unzipped where they are gzip, whatever the file is called.
///
/// One owner at a time.
package final class InputFile {
  /// For errors.
  package let name: String
  private let source: Source
  /// Bytes read so far, as they lie in the file.
  package private(set) var bytesRead = 0
  private var gunzip: Gunzip?
  private var head: [UInt8]?

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
    var head: [UInt8] = []
    while head.count < 3 {
      let piece = try Self.piece(of: source, name)
      if piece.isEmpty { break }
      head += piece
    }
    bytesRead = head.count
    if head.starts(with: [0x1F, 0x8B]) {
      let gunzip = Gunzip()
      gunzip.feed(head)
      self.gunzip = gunzip
    } else {
      if name.hasSuffix(".gz"), !head.isEmpty {
        throw DataError(name, .gzip, "it is called .gz and is not gzip", advice: "rename it or compress it again")
      }
      self.head = head
    }
  }

  /// Bytes of the file as it lies there; `nil` if that is not known.
  package var byteCount: Int? { if case .file(let file) = source { (try? file.byteCount()) ?? nil } else { nil } }

  /// The next bytes; none at the end.
  package func next() throws(DataError) -> [UInt8] {
    if let head {
      self.head = nil
      if !head.isEmpty { return head }
    }
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

  /// The next bytes, which are given again by `next`; none at the end.
  package func peek() throws(DataError) -> [UInt8] {
    let bytes = try next()
    head = bytes
    return bytes
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
