import Testing

@testable import Bytes

/// What a file is that another program wrote.
struct ForeignFormatTests {
  private static func zip(_ first: String) -> [UInt8] {
    var head: [UInt8] = [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 26)
    head[26] = UInt8(first.utf8.count)
    return head + Array(first.utf8)
  }

  @Test(
    "A format is known by its first bytes",
    arguments: [
      (Self.zip("arr_0.npy"), ForeignFormat.arrays), (Self.zip("[Content_Types].xml"), .spreadsheet),
      (Self.zip("docProps/app.xml"), .spreadsheet), (Self.zip("archive/data.pkl"), .torch),
      (Self.zip("mimetypeapplication/vnd.oasis"), .openDocument), (Self.zip("items.csv"), .zip),
      ([0x50, 0x4B, 5, 6], .zip), ([0x1F, 0x8B, 8, 0], .gzip), (Array("PAR1".utf8) + [0x15, 0], .parquet),
      ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], .hdf5), ([0x80, 4, 0x95], .pickle),
      (Array("ARROW1".utf8) + [0, 0], .arrow), (Array("Obj\u{1}".utf8), .avro),
      (Array("SQLite format 3\0".utf8), .database), (Array("BZh91AY&SY".utf8) + [0, 1], .bzip2),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], .xz), ([0x28, 0xB5, 0x2F, 0xFD], .zstandard), (Array("%PDF-1.7".utf8), .pdf),
      ([0xFF, 0xFE, 0x69, 0], .utf16), ([0xFE, 0xFF, 0, 0x69], .utf16), ([0xFF, 0xFE, 0, 0], .utf32),
      (Array("id,p".utf8).flatMap { [$0, 0] }, .utf16), (Array("id,p".utf8).flatMap { [0, $0] }, .utf16),
      ([0x93] + Array("NUMPY".utf8), .numpy), ([0x40, 0, 0, 0, 0, 0, 0, 0, 0x7B], .safetensors),
      (Array("\n <!DOCTYPE html>".utf8), .html), (Array("<?xml version".utf8), .xml),
      ([UInt8](repeating: 0, count: 257) + Array("ustar".utf8), .tar),
    ] as [([UInt8], ForeignFormat)])
  func known(head: [UInt8], format: ForeignFormat) {
    #expect(ForeignFormat(head: head) == format)
  }

  @Test(
    "A table or JSON that begins with the letters of a signature is none",
    arguments: [
      "", "PAR1,PAR2\n1,2\n", "ORC\tid\n", "BZh,id\n", "PK,id\n", "FEA1;x\n", "{\"id\":1}", "[1,2]",
      "user_id\titem_id\n", "DUCK DUCKDUCK\n", "GIF8,x\n", "\u{FEFF}id,price\n", "id\n",
    ])
  func text(_ text: String) {
    #expect(ForeignFormat(head: Array(text.utf8)) == nil)
  }

  @Test("Each format has a name and advice for each reader")
  func advice() {
    for format in ForeignFormat.allCases {
      #expect(!format.name.isEmpty)
      for need in [ForeignFormat.Need.rows, .vectors, .json] { #expect(!format.advice(for: need).isEmpty) }
    }
    #expect(ForeignFormat.arrays.advice(for: .vectors).contains("numpy.save"))
  }

  @Test("Any head of any length is judged without a trap")
  func short() {
    for length in 0...64 {
      for byte: UInt8 in [0, 0x50, 0x4B, 0x80, 0xFF] {
        _ = ForeignFormat(head: [UInt8](repeating: byte, count: length))
        _ = ForeignFormat(head: Self.zip("a.npy").prefix(length))
      }
    }
  }
}
