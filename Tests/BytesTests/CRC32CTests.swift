import Bytes
import CKernels
import Support
import Testing

@Suite struct CRC32CTests {
  @Test func checkValueHolds() {
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.checksum([]) == 0)
    // RFC 3720, B.4.
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum(Array(0..<32)) == 0x46DD_794E)
  }

  @Test func hardwareAndTableAgree() {
    var random = SeededRandom(seed: 4)
    for count in 0..<200 {
      let bytes = random.bytes(count)
      #expect(CRC32C.checksum(bytes) == wk_crc32c_scalar(0, bytes, count))
    }
  }

  @Test func piecesGiveTheChecksumOfTheWhole() {
    let bytes = Array("the checksum of every frame and file".utf8)
    let whole = CRC32C.checksum(bytes)
    for split in 0...bytes.count {
      var crc = CRC32C()
      crc.update(bytes[..<split])
      crc.update(bytes[split...])
      #expect(crc.value == whole)
    }
    // A collection whose bytes do not lie side by side is copied first.
    #expect(CRC32C.checksum(bytes.lazy.map { $0 }) == whole)
  }

  @Test func everyFlippedBitIsSeen() {
    var bytes = SeededRandom(seed: 5).copyOfBytes(64)
    let whole = CRC32C.checksum(bytes)
    for bit in 0..<512 {
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(CRC32C.checksum(bytes) != whole)
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
  }
}

extension SeededRandom {
  fileprivate func copyOfBytes(_ count: Int) -> [UInt8] {
    var random = self
    return random.bytes(count)
  }
}
