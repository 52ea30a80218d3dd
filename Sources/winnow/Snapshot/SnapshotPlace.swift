import Arguments
import JSON
import Storage
import Wire

/// The directory of a snapshot that is being written.
struct SnapshotPlace: Sendable {
  private let directory: String
  private let disk = RealDisk()

  private var incoming: String { directory + ".incoming" }

  /// Makes the place, in which an earlier try may have left files of its own.
  ///
  /// - Throws: if the directory is there already, or something that no snapshot has is in its place.
  init(_ path: String) throws(Failure) {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    let last = path.split(separator: "/").last ?? ""
    guard !last.isEmpty, last != ".", last != ".." else {
      throw Failure(.usage, "'\(path)' does not name a directory that can be made")
    }
    directory = path
    guard try Self.names(path, disk) == nil else {
      throw Failure(.conflict, "\(path) is there already", advice: "give another name; a snapshot is never overwritten")
    }
    for name in try Self.names(incoming, disk) ?? [] {
      guard Self.isOurs(name) else { throw Failure(.conflict, "\(incoming)/\(name) is not of a snapshot") }
      do throws(DiskError) { try disk.remove("\(incoming)/\(name)") } catch { throw Failure(error) }
    }
    do throws(DiskError) { try disk.makeDirectory(incoming) } catch { throw Failure(error) }
  }

  private static func names(_ path: String, _ disk: RealDisk) throws(Failure) -> [String]? {
    do throws(DiskError) { return try disk.list(path) } catch {
      guard !error.isMissing else { return nil }
      throw Failure(error)
    }
  }

  private static func isOurs(_ name: String) -> Bool {
    [".segment", ".segment.incoming", ".json", ".safetensors", ".sha256"].contains(where: name.hasSuffix)
      || name.contains(".json.") || name.contains(".safetensors.") || name.contains(".sha256.")
  }

  /// Begins the segment of a shard.
  func segment(owner: UInt64, _ shard: UInt16) throws(Failure) -> SegmentWriter {
    do throws(DiskError) {
      return try SegmentWriter("\(incoming)/shard-\(shard).segment", on: disk, owner: owner, number: UInt64(shard))
    } catch { throw Failure(error) }
  }

  func write(_ part: TransferPart, to segment: inout SegmentWriter) throws(Failure) {
    do throws(DiskError) { try segment.write(part.body.bytes, rows: part.ids.count) } catch { throw Failure(error) }
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
