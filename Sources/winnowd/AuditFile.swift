import Security
import Storage
import Vocabulary

/// The files of an audit log, of which the newest is written: a chain of lines that goes on over restarts and over files.
struct AuditFile: Sendable {
  /// Why nothing can be written.
  struct Fault: Error {
    let text: String

    init(_ text: String) { self.text = text }
    init(_ error: DiskError) { text = error.text }
  }

  /// Bytes of a file, after which the next one is begun.
  private static let byteCountMax = 64 << 20
  /// Older files that are kept beside the one that is written.
  private static let olderMax = 15
  /// The last whole line of a file begins within this number of bytes before its end: a text has 256 characters at most.
  private static let tailByteCount = 64 << 10
  /// Digits of the number behind the name of an older file, so that names sort as the lines do.
  private static let numberDigits = 12

  private let path: String
  private let disk: any Disk
  private var chain = AuditChain()
  private var file: any AppendableFile
  /// Files that were begun since this one was opened.
  private(set) var begunCount = 0

  /// The number of the last line, and its hash.
  var head: (number: UInt64, hash: String) { (chain.number, chain.head) }

  /// Opens what is there, to go on behind its last whole line.
  init(_ path: String, on disk: any Disk) throws(Fault) {
    (self.path, self.disk) = (path, disk)
    let present = try Self.end(path, disk)
    do throws(DiskError) {
      file = try disk.openForAppending(path)
      // What a crash has cut stays, and is passed over.
      if let present, !present.isWhole { try file.append([0x0A]) }
    } catch { throw Fault(error) }
    if let present {
      chain = present.chain
    } else if let newest = try Self.older(path, disk).last, let end = try Self.end(newest, disk) {
      chain = end.chain
    }
  }

  /// Appends lines, and waits for the disk if they have to be there before something else is done.
  mutating func append(_ entries: [(entry: AuditEntry, time: String)], node: String, isDurable: Bool) throws(Fault) {
    do throws(DiskError) {
      if file.count >= Self.byteCountMax { try beginNext() }
      var bytes: [UInt8] = []
      for (entry, time) in entries { bytes += chain.add(entry, time: time, node: node) + [0x0A] }
      try file.append(bytes)
      if isDurable { try file.sync() }
    } catch { throw Fault(error) }
  }

  private mutating func beginNext() throws(DiskError) {
    let digits = String(chain.number)
    let zeros = String(repeating: "0", count: max(0, Self.numberDigits - digits.count))
    try file.sync()
    try disk.rename(path, to: "\(path).\(zeros)\(digits)")
    file = try disk.openForAppending(path)
    begunCount += 1
    for name in try Self.names(path, disk).dropLast(Self.olderMax) { try disk.remove(name) }
  }

  /// The older files of a log, ascending.
  private static func older(_ path: String, _ disk: any Disk) throws(Fault) -> [String] {
    do throws(DiskError) { return try names(path, disk) } catch { throw Fault(error) }
  }

  private static func names(_ path: String, _ disk: any Disk) throws(DiskError) -> [String] {
    let place = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let (folder, name) = (String(path[..<place]), "\(path[place...]).")
    return try disk.list(folder.isEmpty ? "." : folder)
      .filter { $0.hasPrefix(name) && $0.dropFirst(name.count).allSatisfy { $0.isASCII && $0.isNumber } }
      .map { folder + $0 }
  }

  /// The chain as it is behind the last whole line of a file, and whether nothing follows that line; `nil`: the file is
  /// empty or not there.
  private static func end(_ path: String, _ disk: any Disk) throws(Fault) -> (chain: AuditChain, isWhole: Bool)? {
    let bytes: [UInt8]
    do throws(DiskError) {
      let file = try disk.openForReading(path)
      let count = min(file.size, tailByteCount)
      bytes = try file.read(at: file.size - count, count: count)
    } catch {
      guard error.isMissing else { throw Fault(error) }
      return nil
    }
    guard !bytes.isEmpty else { return nil }
    // Behind the last line feed stands nothing, or what a crash has cut, which may be the line feed alone.
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    let isWhole = lines.last?.isEmpty ?? true
    var chain = AuditChain()
    while let line = lines.popLast() {
      if (try? chain.follow(line, isFirst: true)) != nil { return (chain, isWhole) }
    }
    // A crash may have cut the very first line.
    guard bytes.starts(with: #"{"seq":1,"#.utf8.prefix(bytes.count)) else {
      throw Fault("\(path.visible) is something else than an audit log")
    }
    return (AuditChain(), isWhole)
  }
}
