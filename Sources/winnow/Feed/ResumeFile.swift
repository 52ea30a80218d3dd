import Arguments
import JSON
import Storage
import WinnowClient

/// The file by which a feed that was interrupted goes on: its flags, its streams of writes, and how far each has come.
///
/// A line is added before the next op of a stream is sent. So an op that was in flight is sent again under its number,
/// by which the cluster knows it, and every earlier one is passed over.
struct ResumeFile {
  /// The state of the feed that a feed continues.
  struct State {
    /// The flags that must be equal for the feed to cut equal batches.
    var flags: JSON
    var positions: [FeedPosition]
    /// The number of the feed, if it is to be completed.
    var feed: UInt64?
    /// Held from reading the file to writing it again, so that no other feed goes on from the same place.
    var lock: (any DirectoryLock)? = nil
  }

  private static let bytesMax = 1 << 30

  private let file: OutputFile
  /// Held as long as the feed runs.
  private let lock: any DirectoryLock

  /// The state in a file, read under its lock; `nil` if there is none.
  ///
  /// - Throws: If the file is damaged, is no regular file, or another feed uses it.
  static func read(_ path: String) throws(Failure) -> State? {
    guard try isThere(path) else { return nil }
    let lock = try lock(path, isMade: false)
    // An empty file is what a full disk leaves of the first try.
    guard let bytes = try Files.readIfThere(path, limit: bytesMax), !bytes.isEmpty else { return nil }
    // Bytes behind the end of the last line were being written when the feed was killed.
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast()
    func damaged(_ line: Int, _ reason: String) -> Failure {
      Failure(
        .failed, "\(path): line \(line): \(reason)",
        advice: "it is no file of an interrupted feed, or damaged: give --resume another name to begin at the start",
        name: "BAD_FILE")
    }
    func entry(_ line: Int) throws(Failure) -> JSON {
      do throws(JSONReader.Mistake) { return try JSONReader.read(lines[line]) } catch {
        throw damaged(line + 1, "column \(error.column): \(error.message)")
      }
    }
    guard !lines.isEmpty else { throw damaged(1, "it does not end") }
    let head = try entry(0)
    guard let flags = head["flags"], case .list(let writers) = head["writers"] ?? .null else {
      throw damaged(1, "it has no flags and writers")
    }
    var state = State(flags: flags, positions: [], lock: lock)
    if let feed = head["feed"] {
      guard let id = feed.asID else { throw damaged(1, "feed is no number") }
      state.feed = id
    }
    for writer in writers {
      guard let id = writer.asID else { throw damaged(1, "a writer is no number") }
      state.positions.append(FeedPosition(writer: id))
    }
    for line in lines.indices.dropFirst() {
      let entry = try entry(line)
      guard case .int(let stream) = entry["stream"] ?? .null, state.positions.indices.contains(stream),
        let op = entry["op"]?.asID, let check = entry["check"]?.asID.flatMap({ UInt32(exactly: $0) })
      else { throw damaged(line + 1, "it has no stream, op and check") }
      state.positions[stream] = FeedPosition(writer: state.positions[stream].writer, op: op, check: check)
    }
    return state
  }

  /// Makes the file of a feed that is at a state.
  ///
  /// - Throws: If the file cannot be written, or another feed uses it.
  init(_ path: String, _ state: State) throws(Failure) {
    try Self.isThere(path)
    let whole = try OutputFile(path, .resumption)
    // That of the file before it is held until the new one has its own.
    let old: any DirectoryLock
    if let lock = state.lock { old = lock } else { old = try Self.lock(path, isMade: true) }
    defer { withExtendedLifetime(old) {} }
    var fields: [(String, JSON)] = [
      ("flags", state.flags), ("writers", .list(state.positions.map { .id($0.writer) })),
    ]
    if let feed = state.feed { fields.append(("feed", .id(feed))) }
    let lines = [JSON.object(fields).line] + state.positions.enumerated().map { Self.line($0.offset, $0.element) }
    try whole.finish(Array(lines.map { $0 + "\n" }.joined().utf8))
    lock = try Self.lock(path, isMade: false)
    file = try OutputFile(path, .resumption, appends: true)
  }

  /// Whether there is a file to read.
  ///
  /// - Throws: If something else stands there: a device or a pipe keeps nothing, and reading it may never end.
  @discardableResult
  static func isThere(_ path: String) throws(Failure) -> Bool {
    switch FileIdentity(path).kind {
    case .missing: return false
    case .file: return true
    case .directory, .pipe, .device:
      throw Failure(
        .usage, "--resume: \(path) is no regular file, so it cannot keep how far a feed came",
        advice: "give the name of a file; one that is not there is made")
    }
  }

  private static func lock(_ path: String, isMade: Bool) throws(Failure) -> any DirectoryLock {
    do throws(DiskError) { return try RealDisk().lock(file: path, isMade: isMade) } catch {
      guard error.isLocked else { throw Failure(error) }
      throw Failure(
        .conflict, "another feed uses this file: \(path)", advice: "wait until it ends, or give --resume another name")
    }
  }

  /// Notes how far a stream has come.
  func note(_ stream: Int, _ position: FeedPosition) throws(Failure) {
    try file.write(line: Self.line(stream, position))
  }

  /// Removes the file: there is nothing to go on with.
  func remove() throws(Failure) { try file.remove() }

  private static func line(_ stream: Int, _ position: FeedPosition) -> String {
    JSON.object([("stream", .int(stream)), ("op", .id(position.op)), ("check", .id(UInt64(position.check)))]).line
  }
}
