import Testing
import Wire

@Suite struct ErrorTests {
  @Test func errorBodiesRoundTrip() throws {
    for entry in ErrorCode.registry {
      let error = WireError(
        entry.code, fieldOffset: 12, shard: 3, epoch: 9, retryAfterMilliseconds: 250, message: "why: ü")
      #expect(try WireError(from: error.body[...]) == error)
      let bare = WireError(entry.code)
      #expect(try WireError(from: bare.body[...]) == bare)
      #expect(entry.code.name == entry.name)
      #expect(bare.errorClass == entry.errorClass)
    }
  }

  @Test func unknownCodesAndClassesSurvive() throws {
    let error = WireError(ErrorCode(rawValue: 0x9ABC), errorClass: ErrorClass(rawValue: 0xFFC2))
    let read = try WireError(from: error.body[...])
    #expect(read == error)
    #expect(read.code.name == "0x9ABC")
  }

  @Test func longMessagesAreCutBetweenCharacters() throws {
    let error = WireError(.internalFault, message: String(repeating: "ü", count: 300))
    #expect(try WireError(from: error.body[...]).message == String(repeating: "ü", count: 256))
  }

  @Test func everyTruncationIsRefused() {
    let body = WireError(.limitExceeded, message: "too much").body
    for count in 0..<body.count {
      #expect(throws: (any Error).self) { _ = try WireError(from: body[..<count]) }
    }
  }
}
