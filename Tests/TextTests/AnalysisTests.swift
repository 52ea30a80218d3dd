import Support
import Testing
import Text
import Vocabulary

/// What texts become.
@Suite struct AnalysisTests {
  @Test(arguments: TextVector.all) func textsHaveTheTermsOfTheSpec(_ vector: TextVector) throws {
    let analyser = try TextAnalyser(language: TextLanguage(vector.language))
    let terms = analyser.terms(of: vector.text)
    #expect(terms.map(\.text) == vector.terms.map(\.exact))
    #expect(terms.map(\.surface) == vector.surfaces.map(\.exact))
  }

  /// Whatever the characters: no trap, bounded terms, and the same terms for the folded text if it folds to itself.
  @Test func strangeTextsHaveBoundedTerms() throws {
    var random = SeededRandom(seed: 18)
    let ranges: [ClosedRange<UInt32>] = [
      0x20...0x7E, 0x300...0x36F, 0xA0...0x24F, 0x590...0x6FF, 0x900...0x97F, 0xE00...0xEFF, 0x1100...0x11FF,
      0x2000...0x2BFF, 0x3000...0x30FF, 0x4E00...0x4EFF, 0xAC00...0xACFF, 0xFB00...0xFFFD, 0x1F300...0x1F6FF,
      0x10000...0x10FFFF,
    ]
    let analysers = try ["none", "english", "german", "arabic"].map { try TextAnalyser(language: TextLanguage($0)) }
    for _ in 0..<1500 {
      var text = ""
      for _ in 0..<Int.random(in: 0...40, using: &random) {
        let range = ranges[Int.random(in: 0..<ranges.count, using: &random)]
        if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random)) { text.unicodeScalars.append(scalar) }
      }
      let folded = TextAnalyser.folded(text)
      for analyser in analysers {
        let terms = analyser.terms(of: text)
        #expect(terms.allSatisfy { (1...64).contains($0.surface.text.utf8.count) && !$0.text.text.isEmpty })
        #expect(analyser.terms(of: text) == terms)
        if TextAnalyser.folded(folded).exact == folded.exact { #expect(analyser.terms(of: folded) == terms, "\(text)") }
      }
    }
  }

  @Test func longTextsTakeTimeInProportion() throws {
    let analyser = try TextAnalyser(language: TextLanguage("english"))
    let count = 50_000
    #expect(analyser.terms(of: String(repeating: "a", count: count)).map(\.text.text.count) == [64])
    #expect(analyser.terms(of: String(repeating: "a-", count: count)).count == count + 1)
    #expect(analyser.terms(of: String(repeating: "日", count: count)).count == 2 * count - 1)
    // Marks in the wrong order, all behind one letter: those of accents are dropped.
    #expect(analyser.terms(of: "a" + String(repeating: "\u{301}\u{316}", count: count)).map(\.text) == ["a"])
    #expect(analyser.terms(of: String(repeating: "1,", count: count)).count == count)
    #expect(analyser.terms(of: String(repeating: "1/", count: count)).count == count / 2)
  }

  @Test func textOfOtherEncodingsIsRefusedWithItsPlace() throws {
    for (bytes, offset) in [
      ([0x61, 0xED, 0xA0, 0x80], 1), ([0xC3, 0xA9, 0xFF], 2), ([0x61, 0xE2, 0x82], 1), ([0xC0, 0x80], 0),
    ] as [([UInt8], Int)] {
      #expect(throws: TextError.notUTF8(offset: offset)) { _ = try TextAnalyser.text(utf8: bytes) }
    }
    #expect(try TextAnalyser.text(utf8: Array("é".utf8)) == "é")
  }

  @Test func languagesAreThoseOfTheLibrary() throws {
    #expect(TextLanguage.all.map(\.name).contains("english") && TextLanguage.all.first == TextLanguage.none)
    for name in ["klingon", "", "English", "en"] {
      #expect(throws: TextError.unknownLanguage) { _ = try TextLanguage(name) }
    }
  }
}
