import Bytes

/// A small value kept in two files, `PATH.a` and `PATH.b`: a write goes over the older one and then over the other, so
/// that a crash at any moment leaves one whole, and damage to one of them at rest costs nothing.
///
/// Each file is: magic `WNW2GEN1` · generation u64, from 1 · length u32 · the bytes · CRC32C u32 of all before it; all
/// little-endian. The valid file of the higher generation counts. One owner at a time.
package struct TwoGenerationFile: Sendable {
  /// The result of a read.
  package struct Contents: Hashable, Sendable {
    /// The value.
    package let bytes: [UInt8]
    /// Grows by one with each write.
    package let generation: UInt64
    /// The path of the other file if it is not whole: torn by a crash, or damaged. These bytes are the last that a
    /// write returned for, unless it could not make its second copy.
    package let damagedPath: String?
  }

  private enum Side {
    case absent
    case damaged
    case whole(UInt64, [UInt8])

    var generation: UInt64 { if case .whole(let generation, _) = self { generation } else { 0 } }
  }

  private static let magic = Array("WNW2GEN1".utf8)
  private static let overhead = 8 + 8 + 4 + 4

  private let disk: any Disk
  /// The two files.
  package let paths: [String]
  private let limit: Int
  private let directory: DataDirectory?

  /// The file at `path` (to which `.a` and `.b` are added), holding at most `limit` bytes.
  ///
  /// - Parameter directory: Where it is, if that has to be the directory that was locked.
  package init(disk: any Disk, path: String, limit: Int, directory: DataDirectory? = nil) {
    self.disk = disk
    self.directory = directory
    self.limit = limit
    paths = [path + ".a", path + ".b"]
  }

  /// Reads the newest whole value.
  ///
  /// - Returns: `nil` if nothing was ever written.
  /// - Throws: `StorageError`, `.damaged` if there are files and none is whole.
  package func read() throws(StorageError) -> Contents? { try newest(of: sides()) }

  /// Writes a value over the older file, then over the other one; durable on return. If it throws, the old value or the
  /// new one is there.
  ///
  /// - Returns: the generation of the new value.
  package func write(_ bytes: [UInt8]) throws(StorageError) -> UInt64 {
    guard bytes.count <= limit, bytes.count <= Int(UInt32.max) else { throw .tooLarge(path: paths[0], limit: limit) }
    try directory?.requireInPlace()
    let sides = try sides()
    let (generation, overflow) = (try newest(of: sides)?.generation ?? 0).addingReportingOverflow(1)
    guard !overflow else { throw .damaged(path: paths[0], hint: "it has no generation left") }
    let target = sides[0].generation <= sides[1].generation ? 0 : 1
    var writer = ByteWriter(reservingCapacity: bytes.count + Self.overhead)
    writer.write(bytes: Self.magic)
    writer.write(generation)
    writer.write(UInt32(bytes.count))
    writer.write(bytes: bytes)
    writer.write(CRC32C.checksum(writer.bytes))
    do throws(DiskError) {
      try write(writer.bytes, to: target, of: sides)
      do throws(DiskError) { try write(writer.bytes, to: 1 - target, of: sides) } catch {
        // The value is durable: without room for its second copy it is as it was before there were two.
        guard error.isFull else { throw error }
      }
    } catch { throw .disk(error) }
    return generation
  }

  private func write(_ bytes: [UInt8], to side: Int, of sides: [Side]) throws(DiskError) {
    // A file is made whole or not at all, so a first write that was cut short is never taken for damage.
    if case .absent = sides[side] {
      try disk.replace(paths[side], with: bytes)
    } else {
      try disk.overwrite(paths[side], with: bytes)
    }
  }

  private func sides() throws(StorageError) -> [Side] {
    var sides: [Side] = []
    for path in paths {
      do throws(DiskError) {
        sides.append(try disk.read(path, limit: limit + Self.overhead).map(Self.side) ?? .absent)
      } catch {
        guard error.isTooLarge else { throw .disk(error) }
        sides.append(.damaged)
      }
    }
    return sides
  }

  private func newest(of sides: [Side]) throws(StorageError) -> Contents? {
    let index = sides[0].generation >= sides[1].generation ? 0 : 1
    if case .whole(let generation, let bytes) = sides[index] {
      var damagedPath: String?
      if case .damaged = sides[1 - index] { damagedPath = paths[1 - index] }
      return Contents(bytes: bytes, generation: generation, damagedPath: damagedPath)
    }
    guard let damaged = sides.firstIndex(where: { if case .damaged = $0 { true } else { false } }) else { return nil }
    throw .damaged(
      path: paths[damaged],
      hint:
        "no whole generation is left; restore \(paths[0]) and \(paths[1]) from a copy or move both away to start empty")
  }

  private static func side(_ file: [UInt8]) -> Side {
    var reader = ByteReader(file)
    do throws(ByteError) {
      guard Array(try reader.readBytes(magic.count)) == magic else { return .damaged }
      let generation = try reader.read(UInt64.self)
      let bytes = try reader.readBytes(Int(try reader.read(UInt32.self)))
      let checksum = try reader.read(UInt32.self)
      try reader.finish()
      guard generation > 0, CRC32C.checksum(file.dropLast(4)) == checksum else { return .damaged }
      return .whole(generation, Array(bytes))
    } catch {
      return .damaged
    }
  }
}
