import Bytes

/// Writes a segment: blocks of rows, each under a checksum, that never change once the file has its name.
package struct SegmentWriter {
  private let disk: any Disk
  private let path: String
  private let header: [UInt8]
  private let file: any AppendableFile
  private var blocks: UInt64 = 0
  private var rows: UInt64 = 0
  private var hashes: [[UInt8]] = []

  /// Begins a segment beside `path`, where it stands only when it is whole.
  package init(_ path: String, on disk: any Disk, owner: UInt64, number: UInt64) throws(DiskError) {
    self.disk = disk
    self.path = path
    header = SegmentFormat.header(owner: owner, number: number)
    try disk.remove(Self.incoming(path))
    file = try disk.openForAppending(Self.incoming(path))
    try file.append(header)
  }

  /// The name that a segment has while it is written; such a file is of no use after a crash.
  package static func incoming(_ path: String) -> String { path + ".incoming" }

  /// Adds a block, compressed if that pays.
  ///
  /// - Parameter payload: At most 32 MiB; a block of a few hundred KiB is a good size.
  package mutating func write(_ payload: [UInt8], rows count: Int) throws(DiskError) {
    precondition(!payload.isEmpty && payload.count <= SegmentFormat.blockMax, "a block that fits")
    let block = payload.count >= 512 ? LZ4Block.compress(payload) : nil
    let stored = block ?? payload
    var writer = ByteWriter(reservingCapacity: stored.count + SegmentFormat.blockHeaderSize + 8)
    writer.write(UInt32(stored.count))
    writer.write(block == nil ? 0 : UInt32(payload.count))
    writer.write(SegmentFormat.checksum(header, block: blocks, writer.bytes, stored))
    writer.write(bytes: stored)
    writer.write(bytes: [UInt8](repeating: 0, count: SegmentFormat.padding(writer.count)))
    try file.append(writer.bytes)
    hashes.append(ContentHash.sha256(payload))
    blocks += 1
    rows += UInt64(count)
  }

  /// Ends the segment and gives it its name, durably.
  ///
  /// - Returns: What identifies its content.
  package func finish() throws(DiskError) -> SegmentDigest {
    let digest = SegmentDigest(blocks: blocks, rows: rows, hash: ContentHash.sha256(joining: hashes))
    var writer = ByteWriter(reservingCapacity: SegmentFormat.footerSize)
    writer.write(SegmentFormat.footerMark)
    writer.write(digest.blocks)
    writer.write(digest.rows)
    writer.write(bytes: digest.hash)
    writer.write(SegmentFormat.checksum(header, block: blocks, writer.bytes, []))
    try file.append(writer.bytes)
    try file.sync()
    try disk.rename(Self.incoming(path), to: path)
    return digest
  }
}
