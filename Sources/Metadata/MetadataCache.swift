import Bytes
package import Storage

/// What a shared store held last, in the directory of a coordinator (`proto-spec/08-files/metadata.md`): it starts from that
/// while the store is away, and a store that was put back meanwhile is known by it.
package struct MetadataCache: Sendable {
  private static let format: UInt8 = 1
  private static let bytesMax = 64 << 20

  private let file: TwoGenerationFile
  private let prefix: String

  /// The cache of a directory.
  ///
  /// - Parameter prefix: Of the keys; what was kept under another one does not count.
  package init(_ directory: DataDirectory, prefix: String) {
    file = directory.twoGenerationFile("metadata", limit: Self.bytesMax)
    self.prefix = prefix
  }

  /// What was kept; `nil`: nothing that can be read.
  func read() -> [MetadataName: (record: EtcdRecord, revision: UInt64)]? {
    guard let bytes = (try? file.read())?.bytes else { return nil }
    var reader = ByteReader(bytes)
    var known: [MetadataName: (record: EtcdRecord, revision: UInt64)] = [:]
    do throws(ByteError) {
      guard try reader.read(UInt8.self) == Self.format else { return nil }
      guard String(decoding: try reader.readBytes(Int(try reader.read(UInt8.self))), as: UTF8.self) == prefix else {
        return nil
      }
      while reader.remaining > 0 {
        let name = String(decoding: try reader.readBytes(Int(try reader.read(UInt8.self))), as: UTF8.self)
        let revision = try reader.read(UInt64.self)
        let bytes = try reader.readBytes(Int(clamping: try reader.read(UInt32.self)))
        guard let name = MetadataName(rawValue: name), let record = EtcdRecord(bytes: Array(bytes)) else { return nil }
        known[name] = (record, revision)
      }
    } catch { return nil }
    return known
  }

  /// Keeps what is known now. Blocks while the disk writes; a disk that fails keeps what it had, which is older.
  func write(_ known: [MetadataName: (record: EtcdRecord, revision: UInt64)]) {
    var writer = ByteWriter()
    writer.write(Self.format)
    writer.write(UInt8(truncatingIfNeeded: prefix.utf8.count))
    writer.write(bytes: Array(prefix.utf8))
    for (name, value) in known.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let bytes = value.record.bytes
      writer.write(UInt8(truncatingIfNeeded: name.rawValue.utf8.count))
      writer.write(bytes: Array(name.rawValue.utf8))
      writer.write(value.revision)
      writer.write(UInt32(truncatingIfNeeded: bytes.count))
      writer.write(bytes: bytes)
    }
    _ = try? file.write(writer.bytes)
  }
}
