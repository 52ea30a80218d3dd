import Bytes
import Storage

/// The blocks of one file, each checked before anything in it counts.
struct AnswerBlocks {
  let header: [UInt8]
  /// Behind the last block that was read.
  private(set) var offset = AnswerFile.headerSize
  /// What ended the file before its end.
  private(set) var fault: String?
  private let file: any OpenFile

  init(_ path: String, on disk: any Disk) throws(DiskError) {
    file = try disk.openForReading(path)
    header = try file.read(at: 0, count: AnswerFile.headerSize)
    if !AnswerFile.isHeader(header) { fault = "its first \(AnswerFile.headerSize) bytes are not whole" }
  }

  /// The records of the next block; `nil` behind the last whole one.
  mutating func next() -> [ArraySlice<UInt8>]? {
    guard fault == nil, offset < file.size else { return nil }
    do throws(DiskError) {
      let head = try file.read(at: offset, count: AnswerFile.blockHeaderSize)
      var reader = ByteReader(head)
      guard let stored = try? reader.read(UInt32.self), let raw = try? reader.read(UInt32.self),
        let count = try? reader.read(UInt32.self), stored <= AnswerFile.blockMax, raw <= AnswerFile.blockMax,
        Int(stored) + head.count + 4 <= file.size - offset
      else { return end() }
      let size = head.count + Int(stored)
      let bytes = try file.read(at: offset, count: size + 4)
      guard bytes.count == size + 4 else { return end() }
      var tail = ByteReader(bytes[size...])
      guard (try? tail.read(UInt32.self)) == AnswerFile.checksum(header, bytes[..<size]),
        let records = Self.records(bytes[head.count..<size], raw: Int(raw), count: Int(count))
      else { return end() }
      offset += size + 4
      return records
    } catch {
      fault = error.text
      return nil
    }
  }

  private mutating func end() -> [ArraySlice<UInt8>]? {
    fault = "from byte \(offset) on it is torn or damaged; \(file.size - offset) bytes were left out"
    return nil
  }

  private static func records(_ stored: ArraySlice<UInt8>, raw: Int, count: Int) -> [ArraySlice<UInt8>]? {
    guard let payload = raw == 0 ? Array(stored) : try? LZ4Block.decompress(stored, rawCount: raw) else { return nil }
    var reader = ByteReader(payload)
    var records: [ArraySlice<UInt8>] = []
    while reader.remaining > 0 {
      guard let size = try? reader.read(UInt32.self), let record = try? reader.readBytes(Int(size)) else { return nil }
      records.append(record)
    }
    return records.count == count ? records : nil
  }
}
