import Bytes
import Foundation
import Support
import Testing
import Text
import Vocabulary

/// What is counted, and the file of it.
@Suite struct LexiconTests {
  @Test func itemsAreCountedOnceForATerm() throws {
    let lexicon = try SmallShop.lexicon(
      "english", ["red drills and red drill", "blue drill", "stainless-steel drill", "", "drilling blue"])
    #expect(lexicon.items == 5)
    #expect(lexicon.terms.count(of: "drill") == 4)
    #expect(lexicon.words.count(of: "drill") == 3)
    #expect(lexicon.words.count(of: "drills") == 1)
    #expect(lexicon.words.count(of: "stainlesssteel") == 1)
    #expect(lexicon.count(of: "blue", before: "drill") == 1)
    #expect(lexicon.count(of: "steel", before: "drill") == 1)
    #expect(lexicon.count(of: "stainlesssteel", before: "steel") == 0)
    #expect(lexicon.count(of: "drill", before: "blue") == 0)
    #expect(lexicon.fields.map(\.name) == ["title", "brand"])
    // 5, 2, 4 and 2 terms in the titles that have some; a brand has one.
    #expect(lexicon.fields.map(\.average) == [13 / 4, 1])
  }

  @Test func pairsAreOfWordsWithNothingBetweenThem() throws {
    let lexicon = try SmallShop.lexicon("none", ["shower 2 head", "shower, head", "shower head shower head"])
    #expect(lexicon.count(of: "shower", before: "head") == 2)
    #expect(lexicon.count(of: "head", before: "shower") == 1)
  }

  @Test func rarerTermsTellItemsApart() throws {
    let lexicon = try SmallShop.lexicon()
    #expect(lexicon.idf("drill") < lexicon.idf("mallet") && lexicon.idf("mallet") < lexicon.idf("xyzzy"))
    // ln(1 + (23 − 3 + 0.5) / 3.5)
    #expect(abs(lexicon.idf("drill") - 1.925_290_8) < 1e-6)
  }

  @Test func fileIsReadAsItWasWritten() throws {
    for titles in [SmallShop.titles, []] {
      let lexicon = try SmallShop.lexicon("german", titles)
      let read = try Lexicon(bytes: lexicon.bytes)
      #expect(read == lexicon && read.language == lexicon.language && read.fields == lexicon.fields)
      #expect(read.words == lexicon.words && read.terms == lexicon.terms && read.pairCount == lexicon.pairCount)
    }
  }

  @Test func goldenFileIsReadAndWritten() throws {
    let golden = GoldenFolder("lexicon")
    if GoldenFolder.isWanted { try golden.write("lexicon.bin", try SmallShop.lexicon().bytes) }
    let bytes = try #require(try golden.files().first { $0.name == "lexicon.bin" }).bytes
    #expect(try Lexicon(bytes: bytes).bytes == bytes)
    #expect(try SmallShop.lexicon().bytes == bytes)
  }

  @Test func everyCutAndEveryFlippedByteIsRefused() throws {
    let bytes = try SmallShop.lexicon("english", Array(SmallShop.titles.prefix(4))).bytes
    for count in bytes.indices {
      #expect(throws: TextError.self) { _ = try Lexicon(bytes: Array(bytes[..<count])) }
      var flipped = bytes
      flipped[count] ^= 0x10
      #expect(throws: TextError.self) { _ = try Lexicon(bytes: flipped) }
    }
    #expect(throws: TextError.self) { _ = try Lexicon(bytes: bytes + [0]) }
  }

  /// With a right checksum, so that what is behind it has to be looked at.
  @Test func hostileFilesAreRefusedOrReadAsTheyStand() throws {
    let bytes = try SmallShop.lexicon("english", Array(SmallShop.titles.prefix(6))).bytes
    var random = SeededRandom(seed: 11)
    var refused = 0
    for _ in 0..<4000 {
      var changed = Array(bytes.dropLast(4))
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        changed[Int.random(in: 8..<changed.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      var writer = ByteWriter()
      writer.write(bytes: changed)
      writer.write(CRC32C.checksum(changed))
      do throws(TextError) {
        let lexicon = try Lexicon(bytes: writer.bytes)
        #expect(lexicon.bytes == writer.bytes)
        _ = try QueryAnalyser(lexicon: lexicon).query("showerhed stanless cromeshower", isTyping: true)
      } catch { refused += 1 }
    }
    #expect(refused > 1000)
  }

  @Test func lexiconOfOtherRulesIsRefused() throws {
    var bytes = Array(try SmallShop.lexicon().bytes.dropLast(4))
    bytes[8] = 99
    var writer = ByteWriter()
    writer.write(bytes: bytes)
    writer.write(CRC32C.checksum(bytes))
    #expect(throws: TextError.otherVersion(99)) { _ = try Lexicon(bytes: writer.bytes) }
  }
}
