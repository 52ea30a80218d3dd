extension ForeignFormat {
  private struct Signature {
    let format: ForeignFormat
    let bytes: [UInt8]
    var offset = 0
    /// Its bytes could begin a text as well, such as a table whose first column is `PAR1`: control bytes tell.
    var isBinary = false
  }

  private static let signatures = [
    Signature(format: .arrow, bytes: Array("ARROW1".utf8), isBinary: true),
    Signature(format: .avro, bytes: Array("Obj\u{1}".utf8)),
    Signature(format: .bzip2, bytes: Array("BZh".utf8), isBinary: true),
    Signature(format: .database, bytes: Array("SQLite format 3\0".utf8)),
    Signature(format: .document, bytes: Array("{\\rtf".utf8)),
    Signature(format: .duckDB, bytes: Array("DUCK".utf8), offset: 8, isBinary: true),
    Signature(format: .feather, bytes: Array("FEA1".utf8), isBinary: true),
    Signature(format: .gzip, bytes: [0x1F, 0x8B]),
    Signature(format: .hdf5, bytes: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]),
    Signature(format: .image, bytes: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
    Signature(format: .image, bytes: [0xFF, 0xD8, 0xFF]),
    Signature(format: .image, bytes: Array("GIF8".utf8), isBinary: true),
    Signature(format: .legacySpreadsheet, bytes: [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
    Signature(format: .lz4, bytes: [0x04, 0x22, 0x4D, 0x18]),
    Signature(format: .matlab, bytes: Array("MATLAB 5.0 MAT-file".utf8)),
    Signature(format: .matlab, bytes: Array("MATLAB 7.3 MAT-file".utf8)),
    Signature(format: .numpy, bytes: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]),
    Signature(format: .orc, bytes: Array("ORC".utf8), isBinary: true),
    Signature(format: .parquet, bytes: Array("PAR1".utf8), isBinary: true),
    // Encrypted.
    Signature(format: .parquet, bytes: Array("PARE".utf8), isBinary: true),
    Signature(format: .pdf, bytes: Array("%PDF-".utf8)),
    // By the number of the pickle's protocol.
    Signature(format: .pickle, bytes: [0x80, 0x02]),
    Signature(format: .pickle, bytes: [0x80, 0x03]),
    Signature(format: .pickle, bytes: [0x80, 0x04]),
    Signature(format: .pickle, bytes: [0x80, 0x05]),
    Signature(format: .program, bytes: [0x7F, 0x45, 0x4C, 0x46]),
    Signature(format: .rar, bytes: Array("Rar!\u{1A}\u{7}".utf8)),
    Signature(format: .sevenZip, bytes: [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
    Signature(format: .tar, bytes: Array("ustar".utf8), offset: 257, isBinary: true),
    Signature(format: .xz, bytes: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]),
    Signature(format: .zstandard, bytes: [0x28, 0xB5, 0x2F, 0xFD]),
  ]

  /// The format whose signature stands in its place.
  static func signed(_ head: [UInt8]) -> ForeignFormat? {
    let isBinary = head.contains { $0 < 0x20 && ![0x09, 0x0A, 0x0C, 0x0D].contains($0) }
    return signatures.first {
      head.dropFirst($0.offset).starts(with: $0.bytes) && (isBinary || !$0.isBinary)
    }?.format
  }

  /// What holds something else: a zip by the name of its first file, and safetensors by a header behind its length.
  static func container(_ head: [UInt8]) -> ForeignFormat? {
    // Below 4 GiB of header, which is more than any such file has.
    if head.count > 8, head[8] == UInt8(ascii: "{"), head[4..<8].allSatisfy({ $0 == 0 }) { return .safetensors }
    let zips: [[UInt8]] = [[0x50, 0x4B, 3, 4], [0x50, 0x4B, 5, 6], [0x50, 0x4B, 7, 8]]
    guard zips.contains(where: { head.starts(with: $0) }) else { return nil }
    guard head.count > 30 else { return .zip }
    let name = Array(head[30...].prefix(Int(head[26]) | Int(head[27]) << 8))
    func begins(_ word: StaticString) -> Bool { name.starts(with: Array("\(word)".utf8)) }
    func ends(_ word: StaticString) -> Bool { name.reversed().starts(with: "\(word)".utf8.reversed()) }
    if ends(".npy") { return .arrays }
    if ends("/data.pkl") || ends("/.format_version") { return .torch }
    if begins("[Content_Types].xml") || begins("_rels/") || begins("docProps/") || begins("xl/") { return .spreadsheet }
    return begins("mimetype") ? .openDocument : .zip
  }

  /// Text of two or four bytes a character, with its mark or without.
  static func wideText(_ head: [UInt8]) -> ForeignFormat? {
    if head.starts(with: [0xFF, 0xFE, 0, 0]) || head.starts(with: [0, 0, 0xFE, 0xFF]) { return .utf32 }
    if head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) { return .utf16 }
    // Without a mark: four characters of ASCII, each with a zero beside it.
    func isText(_ start: Int) -> Bool {
      stride(from: 0, to: 8, by: 2).allSatisfy { index in
        let byte = head[index + start]
        return head[index + 1 - start] == 0 && (byte == 0x09 || byte == 0x0A || byte == 0x0D || (0x20..<0x7F) ~= byte)
      }
    }
    return head.count >= 8 && (isText(0) || isText(1)) ? .utf16 : nil
  }

  /// The format of a text that begins with a tag.
  static func markup(_ head: [UInt8]) -> ForeignFormat? {
    let text = head.starts(with: [0xEF, 0xBB, 0xBF]) ? head.dropFirst(3) : head[...]
    let lower = text.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    if lower.starts(with: "<!doctype html".utf8) || lower.starts(with: "<html".utf8) { return .html }
    return lower.starts(with: "<?xml".utf8) ? .xml : nil
  }
}
