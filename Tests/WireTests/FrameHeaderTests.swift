import Bytes
import Testing
import Wire

@Suite struct FrameHeaderTests {
  static let header = FrameHeader(
    opcode: .rank, flags: [.fin, .retry], requestID: 0x0102_0304_0506_0709, timeMicroseconds: 250_000, epoch: 7,
    payloadByteCount: 100, rawLength: 100, payloadChecksum: 0xDEAD_BEEF)

  static var bytes: [UInt8] {
    var writer = ByteWriter()
    header.write(to: &writer)
    return writer.bytes
  }

  @Test func headerRoundTrips() throws {
    #expect(Self.bytes.count == FrameHeader.byteCount)
    #expect(try FrameHeader(from: Self.bytes[...]) == Self.header)
  }

  @Test func fieldsStandWhereThePageSays() {
    let bytes = Self.bytes
    #expect(Array(bytes[0..<12]) == [136, 0, 0, 0, 0xF5, 0xA7, 1, 0x20, 0x12, 0, 1, 0])
    #expect(Array(bytes[16..<24]) == [9, 7, 6, 5, 4, 3, 2, 1])
  }

  /// Row 9 of the hostile catalogue.
  @Test func everySingleBitFlipIsRefused() {
    var refused = 0
    for bit in 0..<320 {
      var bytes = Self.bytes
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      do throws(FrameFault) { _ = try FrameHeader(from: bytes[...]) } catch {
        let expected: FrameFault = (32..<48).contains(bit) ? .misdirected : .refused(WireError(.badHeaderCRC))
        #expect(error == expected, "bit \(bit)")
        refused += 1
      }
    }
    #expect(refused == 320)
  }

  @Test(arguments: [0, 2, 255] as [UInt8]) func anotherVersionIsRefusedWithTheRange(version: UInt8) {
    var header = Self.header
    header.wireVersion = version
    var writer = ByteWriter()
    header.write(to: &writer)
    #expect {
      _ = try FrameHeader(from: writer.bytes[...])
    } throws: {
      guard case .refused(let error) = $0 as? FrameFault else { return false }
      return error.code == .unsupportedVersion && error.isFatal && error.message.hasPrefix("[1,1]")
    }
  }

  @Test func criticalReservedBitsAreRefusedAndIgnorableOnesAreNot() throws {
    for bit in 0..<16 {
      var header = Self.header
      header.flags = FrameFlags(rawValue: 1 << UInt16(bit))
      var writer = ByteWriter()
      header.write(to: &writer)
      if bit == 6 || bit == 7 {
        #expect(throws: FrameFault.refused(WireError(.reservedBits))) { _ = try FrameHeader(from: writer.bytes[...]) }
      } else {
        #expect(try FrameHeader(from: writer.bytes[...]) == header)
      }
    }
  }
}
