import Bytes

/// Reads a segment from its first block to its footer, verifying every byte.
package struct SegmentReader {
  private let path: String
  private let file: any OpenFile
  private let header: [UInt8]
  private let expected: SegmentDigest?
  private var offset = SegmentFormat.headerSize
  private var hashes: [[UInt8]] = []
  /// The segment's digest, once its end has been read.
  package private(set) var digest: SegmentDigest?

  /// Opens a segment before its first block.
  ///
  /// - Parameter expected: What the file is known to hold; `nil` to believe its footer.
  /// - Throws: `.damaged`, `.foreign`, `.disk`.
  package init(
    _ path: String, on disk: any Disk, owner: UInt64, number: UInt64, expecting expected: SegmentDigest?
  ) throws(StorageError) {
    self.path = path
    self.expected = expected
    do throws(DiskError) {
      file = try disk.openForReading(path)
      header = try file.read(at: 0, count: SegmentFormat.headerSize)
    } catch {
      throw error.isMissing ? Self.damaged(path, "it is missing") : .disk(error)
    }
    try Self.check(header, path, owner: owner, number: number)
  }

  /// The payload of the next block; `nil` at the end, and then the whole file is verified.
  ///
  /// - Throws: `.damaged`, `.disk`.
  package mutating func next() throws(StorageError) -> [UInt8]? {
    let index = UInt64(hashes.count)
    let head = try Self.bytes(file, path, at: offset, SegmentFormat.blockHeaderSize)
    var reader = ByteReader(head)
    guard let storedCount = try? reader.read(UInt32.self) else {
      throw Self.damaged(path, "block \(index) has no size")
    }
    if storedCount == SegmentFormat.footerMark {
      digest = try Self.footer(file, path, header, at: offset, hashes, expecting: expected)
      return nil
    }
    guard storedCount <= SegmentFormat.blockMax, let rawCount = try? reader.read(UInt32.self),
      let checksum = try? reader.read(UInt32.self)
    else { throw Self.damaged(path, "block \(index) has a size that no block has") }
    let stored = try Self.bytes(file, path, at: offset + SegmentFormat.blockHeaderSize, Int(storedCount))
    guard checksum == SegmentFormat.checksum(header, block: index, head[..<8], stored) else {
      throw Self.damaged(path, "the checksum of block \(index) differs")
    }
    let payload = try Self.payload(stored, rawCount: Int(rawCount), path, index)
    hashes.append(ContentHash.sha256(payload))
    let size = SegmentFormat.blockHeaderSize + stored.count
    offset += size + SegmentFormat.padding(size)
    return payload
  }

  /// Gives the payload of each block, in order.
  ///
  /// - Parameters:
  ///   - expected: What the file is known to hold; `nil` to believe its footer.
  ///   - onBlock: Called before the whole file is verified: what it made of the blocks counts only if nothing is thrown.
  /// - Throws: `.damaged`, `.foreign`, `.disk`, or what `onBlock` throws.
  package static func read(
    _ path: String, on disk: any Disk, owner: UInt64, number: UInt64, expecting expected: SegmentDigest?,
    onBlock: (_ payload: [UInt8]) throws(StorageError) -> Void
  ) throws(StorageError) -> SegmentDigest {
    var reader = try SegmentReader(path, on: disk, owner: owner, number: number, expecting: expected)
    while let payload = try reader.next() { try onBlock(payload) }
    guard let digest = reader.digest else { throw damaged(path, "it has no end") }
    return digest
  }

  /// Looks only at the two ends of a segment: one that is cut, or another one, is found; what lies between is not read.
  ///
  /// - Parameter expected: What the file is known to hold.
  /// - Throws: `.damaged`, `.foreign`, `.disk`.
  package static func checkEnds(
    _ path: String, on disk: any Disk, owner: UInt64, number: UInt64, expecting expected: SegmentDigest
  ) throws(StorageError) {
    let reader = try SegmentReader(path, on: disk, owner: owner, number: number, expecting: expected)
    let offset = max(SegmentFormat.headerSize, reader.file.size - SegmentFormat.footerSize)
    let footer = try bytes(reader.file, path, at: offset, SegmentFormat.footerSize)
    let checksum = SegmentFormat.checksum(reader.header, block: expected.blocks, footer.dropLast(4), [])
    guard let (digest, written) = try? read(footer), written == checksum, digest == expected else {
      throw damaged(path, "its end is not the one that was written here")
    }
  }

  private static func check(_ header: [UInt8], _ path: String, owner: UInt64, number: UInt64) throws(StorageError) {
    guard header != SegmentFormat.header(owner: owner, number: number) else { return }
    let isWhole =
      header.count == SegmentFormat.headerSize && header.starts(with: SegmentFormat.magic)
      && CRC32C.checksum(header.dropLast(4)) == header.suffix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    throw isWhole ? .foreign(path: path) : damaged(path, "its first \(SegmentFormat.headerSize) bytes are not whole")
  }

  private static func payload(
    _ stored: [UInt8], rawCount: Int, _ path: String, _ index: UInt64
  ) throws(StorageError) -> [UInt8] {
    guard rawCount > 0 else { return stored }
    do throws(LZ4Error) {
      guard rawCount <= SegmentFormat.blockMax else { throw .sizeMismatch }
      return try LZ4Block.decompress(stored[...], rawCount: rawCount)
    } catch {
      throw damaged(path, "block \(index) cannot be decompressed")
    }
  }

  private static func footer(
    _ file: any OpenFile, _ path: String, _ header: [UInt8], at offset: Int, _ hashes: [[UInt8]],
    expecting expected: SegmentDigest?
  ) throws(StorageError) -> SegmentDigest {
    let footer = try bytes(file, path, at: offset, SegmentFormat.footerSize)
    let checksum = SegmentFormat.checksum(header, block: UInt64(hashes.count), footer.dropLast(4), [])
    guard let (digest, written) = try? read(footer), written == checksum, offset + footer.count == file.size,
      digest.blocks == UInt64(hashes.count), digest.hash == ContentHash.sha256(joining: hashes)
    else { throw damaged(path, "its end does not fit its blocks") }
    guard expected == nil || expected == digest else { throw damaged(path, "it is not the file that was written here") }
    return digest
  }

  private static func read(_ footer: [UInt8]) throws(ByteError) -> (SegmentDigest, checksum: UInt32) {
    var reader = ByteReader(footer)
    _ = try reader.read(UInt32.self)
    let digest = SegmentDigest(
      blocks: try reader.read(), rows: try reader.read(), hash: Array(try reader.readBytes(ContentHash.byteCount)))
    return (digest, try reader.read())
  }

  private static func bytes(
    _ file: any OpenFile, _ path: String, at offset: Int, _ count: Int
  ) throws(StorageError) -> [UInt8] {
    guard offset <= file.size, count <= file.size - offset else { throw damaged(path, "it ends too early") }
    let bytes: [UInt8]
    do throws(DiskError) { bytes = try file.read(at: offset, count: count) } catch { throw .disk(error) }
    guard bytes.count == count else { throw damaged(path, "it ends too early") }
    return bytes
  }

  private static func damaged(_ path: String, _ what: String) -> StorageError {
    .damaged(path: path, hint: what)
  }
}
