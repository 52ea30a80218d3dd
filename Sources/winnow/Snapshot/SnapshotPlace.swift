import Arguments
import JSON
import Storage
import Wire

/// The directory of a snapshot that is being written.
struct SnapshotPlace: Sendable {
  private let directory: String
  private let disk = RealDisk()
  /// Held while the snapshot is written, so that no other one goes to the same place.
  private let lock: any DirectoryLock

  private var incoming: String { Self.incoming(directory) }

  /// What a snapshot's directory is called while it is written.
  private static func incoming(_ directory: String) -> String { directory + incomingEnding }

  static let incomingEnding = ".incoming"

  /// Makes the place, in which an earlier try may have left files of its own. Nothing is removed unless all that is there
  /// is what such a try leaves.
  ///
  /// - Throws: If the directory is there already, another snapshot is being written to it, or something that no snapshot
  ///   has is in its place.
  init(_ path: String) throws(Failure) {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    let last = path.split(separator: "/").last ?? ""
    guard !last.isEmpty, last != ".", last != ".." else {
      throw Failure(.usage, "'\(path)' does not name a directory that can be made")
    }
    directory = path
    let incoming = Self.incoming(path)
    try Self.checkIsFree(path)
    switch FileIdentity(incoming).kind {
    case _ where FileIdentity.isLink(incoming): throw Self.strange(incoming, "is a link")
    case .missing, .directory: break
    case .file, .pipe, .device: throw Self.strange(incoming, "is no directory")
    }
    do throws(DiskError) {
      try disk.makeDirectory(incoming)
      lock = try disk.lock(incoming)
    } catch {
      // One that ended since has taken its directory away.
      guard error.isLocked || error.isMissing else { throw Failure(error) }
      throw Failure(
        .conflict, "another snapshot is being written to \(path)", advice: "wait until it ends, or give another name")
    }
    try Self.checkIsFree(path)
    let names = try Self.names(incoming, disk) ?? []
    for name in names {
      guard try Self.isLeftOver(name, of: names, in: incoming) else {
        throw Self.strange("\(incoming)/\(name)", "is not of a snapshot")
      }
    }
    for name in names {
      do throws(DiskError) { try disk.remove("\(incoming)/\(name)") } catch { throw Failure(error) }
    }
  }

  /// Lets the place go again if nothing was written to it.
  func leaveIfEmpty() { try? disk.removeDirectory(incoming) }

  private static func checkIsFree(_ path: String) throws(Failure) {
    guard !FileIdentity.isLink(path), FileIdentity(path).kind == .missing else {
      throw Failure(
        .conflict, "\(path) is \(FileIdentity.isLink(path) ? "a link" : "there already")",
        advice: "give another name; a snapshot is never overwritten")
    }
  }

  private static func strange(_ path: String, _ what: String) -> Failure {
    Failure(
      .conflict, "\(path) \(what); nothing was removed",
      advice: "a snapshot is written there until it is whole: give another name, or move it away")
  }

  /// Whether a file of the directory is what a try that was cut short leaves.
  private static func isLeftOver(_ name: String, of names: [String], in directory: String) throws(Failure) -> Bool {
    let path = "\(directory)/\(name)"
    guard SnapshotManifest.writes(name), !FileIdentity.isLink(path), FileIdentity(path).kind == .file else {
      return false
    }
    // Programs of others have manifests too.
    guard name == SnapshotManifest.fileName else { return true }
    return SnapshotManifest.isClaimed(names, manifest: try Files.read(path, limit: 64 << 20))
  }

  /// Whether a directory holds what a try leaves that was cut short; one that is still being written does not.
  static func isLeftOver(_ directory: String) throws(Failure) -> Bool {
    guard directory.hasSuffix(incomingEnding), !FileIdentity.isLink(directory),
      let names = try names(directory, RealDisk()), !names.isEmpty
    else { return false }
    for name in names { guard try isLeftOver(name, of: names, in: directory) else { return false } }
    return (try? RealDisk().lock(directory)) != nil
  }

  private static func names(_ path: String, _ disk: RealDisk) throws(Failure) -> [String]? {
    do throws(DiskError) { return try disk.list(path) } catch {
      guard !error.isMissing else { return nil }
      throw Failure(error)
    }
  }

  /// Begins the segment of a shard.
  func segment(owner: UInt64, _ shard: UInt16) throws(Failure) -> SegmentWriter {
    do throws(DiskError) {
      return try SegmentWriter("\(incoming)/shard-\(shard).segment", on: disk, owner: owner, number: UInt64(shard))
    } catch { throw Failure(error) }
  }

  func write(_ part: TransferPart, to segment: inout SegmentWriter) throws(Failure) {
    let bytes = part.body(version: SnapshotManifest.formatNewest).bytes
    do throws(DiskError) { try segment.write(bytes, rows: part.ids.count) } catch { throw Failure(error) }
  }

  func finish(_ segment: SegmentWriter) throws(Failure) -> SegmentDigest {
    do throws(DiskError) { return try segment.finish() } catch { throw Failure(error) }
  }

  func write(_ name: String, _ bytes: [UInt8]) throws(Failure) {
    do throws(DiskError) { try disk.replace("\(incoming)/\(name)", with: bytes) } catch { throw Failure(error) }
  }

  /// Gives the directory its manifest and then its name.
  func complete(_ manifest: SnapshotManifest) throws(Failure) {
    let text = Array((manifest.json.text + "\n").utf8)
    try write(SnapshotManifest.fileName, text)
    try write(SnapshotManifest.checksumName, SnapshotReader.checksum(of: text))
    do throws(DiskError) { try disk.rename(incoming, to: directory) } catch { throw Failure(error) }
  }
}
