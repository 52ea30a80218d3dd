import Kernels
import Testing
import Vocabulary

@testable import Ranking

@Suite struct WordInputsTests {
  @Test func wordsAreEqualIfTheirBytesAre() {
    let inputs = WordInputs(OneHot(words: ["caf\u{E9}", "tea"], hasOther: true))
    #expect(inputs.position(of: "caf\u{E9}") == 0)
    #expect(inputs.position(of: "tea") == 1)
    #expect(inputs.position(of: "cafe\u{301}") == 2, "it only looks the same")
    #expect(WordInputs(OneHot(words: ["caf\u{E9}"])).position(of: "cafe\u{301}") == nil)
  }

  @Test func bothSpellingsMayStandInOneVocabulary() throws {
    let words = ["caf\u{E9}", "cafe\u{301}", "tea"]
    let inputs = WordInputs(OneHot(words: words))
    #expect(words.map { inputs.position(of: $0) } == [0, 1, 2])
    #expect(OneHot(words: [words[0]]) != OneHot(words: [words[1]]))
    let column = InputColumn(distinct: [.keyword(words[1]), .keyword(words[0]), .keyword(words[1])])
    guard case .words(let found) = column else { throw ModelError(.manifest, "", .malformed, "no words") }
    #expect(found.list.count == 2 && inputs.positions(of: found) == [1, 0, 1])
  }

  @Test func aManifestKeepsBothSpellings() throws {
    let words = ["caf\u{E9}", "cafe\u{301}"]
    let schema = try #require(
      CollectionSchema(
        embeddingDimension: 1, rerankDimension: 0, attributes: [AttributeDefinition(name: "brand", type: .keyword)]))
    let manifest = try Manifest(
      name: "words", collection: schema, userDimension: 0, profileDimension: 3,
      profileNames: words.map { "brand=\($0)" } + ["brand=\u{301}x"],
      segments: Manifest.Segments(name: "place", words: words), usesItem: false, usesProduct: false, usesDot: false,
      attributeFeatures: [
        .oneHot(attribute: "brand", OneHot(words: words)), .affinity(attribute: "brand", profile: "brand"),
      ],
      contextFeatures: [], layers: [.init(out: 1, activation: .none)])
    let read = try Manifest.read(json: manifest.json)
    #expect(read.json == manifest.json && read.segments?.words.map(\.exact) == words.map(\.exact))
    #expect(read.profileNames.map(\.exact) == manifest.profileNames.map(\.exact))
    // A share's word may begin with a mark that makes one character of the sign before it.
    let cross = try #require(read.attributeFeatures[1].cross(profileNames: read.profileNames))
    let sides = cross.items(InputColumn([.keyword(words[0]), .keyword(words[1]), .keyword("\u{301}x"), .keyword("x")]))
    let profile: [Float] = [1, 2, 4]
    #expect(sides.map { cross.input($0, profile: profile.span, moment: nil) } == [1, 2, 4, 0])
  }

  @Test func groupsAreTakenByBytes() {
    var cap = GroupCap(most: 1)
    let values: [AttributeValue?] = [.keyword("caf\u{E9}"), .keyword("cafe\u{301}"), .keyword("caf\u{E9}")]
    #expect(values.map { cap.admits($0) } == [true, true, false])
  }
}
