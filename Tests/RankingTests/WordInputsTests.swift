import Testing

@testable import Ranking

@Suite struct WordInputsTests {
  @Test func wordsAreEqualIfTheirBytesAre() {
    let inputs = WordInputs(OneHot(words: ["caf\u{E9}", "tea"], hasOther: true))
    #expect(inputs.position(of: "caf\u{E9}") == 0)
    #expect(inputs.position(of: "tea") == 1)
    #expect(inputs.position(of: "cafe\u{301}") == 2, "it only looks the same")
    #expect(WordInputs(OneHot(words: ["caf\u{E9}"])).position(of: "cafe\u{301}") == nil)
  }
}
