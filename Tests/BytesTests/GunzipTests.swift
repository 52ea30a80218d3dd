import Bytes
import Support
import Testing

struct GunzipTests {
  private func gunzip(_ bytes: [UInt8], piece: Int, most: Int) throws(GzipError) -> [UInt8] {
    let gunzip = Gunzip()
    var all: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: piece) {
      gunzip.feed(Array(bytes[start..<min(start + piece, bytes.count)]))
      while true {
        let next = try gunzip.next(most)
        if next.isEmpty { break }
        #expect(next.count <= most)
        all += next
      }
    }
    try gunzip.finish()
    return all
  }

  private static let text = Array((0..<3000).map { "line \($0 * $0 % 977)\n" }.joined().utf8)

  @Test(arguments: [1, 7, 4096, 1 << 20], [1, 1000, 1 << 16]) func anyPieceGivesTheSame(piece: Int, most: Int) throws {
    #expect(try gunzip(gzip(Self.text), piece: piece, most: most) == Self.text)
  }

  @Test func membersAreJoined() throws {
    #expect(try gunzip(gzip([1, 2]) + gzip([]) + gzip([3]), piece: 5, most: 10) == [1, 2, 3])
  }

  @Test func emptyMemberIsEmpty() throws { #expect(try gunzip(gzip([]), piece: 100, most: 10) == []) }

  @Test func everyTruncationIsFound() {
    let whole = gzip(Array(Self.text.prefix(300)))
    for count in 0..<whole.count {
      #expect(throws: GzipError.truncated) { try gunzip(Array(whole.prefix(count)), piece: 64, most: 64) }
    }
  }

  @Test func everyFlippedByteOfTheDataIsFound() {
    let whole = gzip(Array(Self.text.prefix(300)))
    for index in 10..<whole.count {
      var bytes = whole
      bytes[index] ^= 0x55
      #expect(throws: GzipError.self) { try gunzip(bytes, piece: 64, most: 64) }
    }
  }

  @Test func whatFollowsAMemberMustBeAMember() {
    #expect(throws: GzipError.damaged) { try gunzip(gzip([1]) + Array("plain text".utf8), piece: 100, most: 10) }
  }
}
