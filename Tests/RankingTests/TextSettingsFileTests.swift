import Ranking
import Testing
import Vocabulary

/// The field `text` of a schema file.
@Suite struct TextSettingsFileTests {
  private static func read(_ text: String) throws(ModelError) -> CollectionSchema {
    try CollectionSchema.read(
      json: Array(
        (#"{"embedding_dimension":2,"rerank_dimension":0,"attributes":[{"name":"title","type":"text"},"#
          + #"{"name":"price","type":"int"},{"name":"tags","type":"keyword_set"}],"text":"# + text + "}").utf8))
  }

  @Test func whatIsLeftOutIsUsual() throws {
    let schema = try Self.read(#"{"language":"english","fields":[{"attribute":"title","average":9.5}]}"#)
    let field = TextSettings.Field(attribute: "title", weight: 1, b: 0.6, average: 9.5)
    #expect(schema.text == TextSettings(language: "english", analysisVersion: 1, k1: 0.4, fields: [field]))
  }

  @Test func settingsReadBackAsTheyWereWritten() throws {
    let schema = try Self.read(
      #"{"language":"none","analysis_version":7,"k1":1.2,"fields":[{"attribute":"tags","weight":0.1,"b":0,"average":3.3},"#
        + #"{"attribute":"title","weight":1,"b":1,"average":0.01}]}"#)
    #expect(try CollectionSchema.read(json: schema.json) == schema)
    #expect(String(decoding: schema.json, as: UTF8.self).contains("0.1,"))
    let plain = try #require(schema.searched(by: nil))
    #expect(!String(decoding: plain.json, as: UTF8.self).contains("language"))
    #expect(schema.text?.analysisVersion == 7 && schema.text?.fields.map(\.attribute) == ["tags", "title"])
  }

  @Test(
    arguments: [
      (#"{"fields":[{"attribute":"title","average":1}]}"#, ModelError.Kind.missing, "text.language"),
      (#"{"language":"English","fields":[{"attribute":"title","average":1}]}"#, .outOfRange, "text.language"),
      (#"{"language":"none"}"#, .missing, "text.fields"),
      (#"{"language":"none","fields":[]}"#, .outOfRange, "text.fields"),
      (#"{"language":"none","fields":[{"attribute":"title"}]}"#, .missing, "text.fields[0].average"),
      (#"{"language":"none","fields":[{"attribute":"colour","average":1}]}"#, .unknown, "text.fields[0].attribute"),
      (
        #"{"language":"none","fields":[{"attribute":"title","average":1},{"attribute":"price","average":1}]}"#,
        .wrongType, "text.fields[1].attribute"
      ),
      (
        #"{"language":"none","fields":[{"attribute":"title","average":1},{"attribute":"title","average":1}]}"#,
        .duplicate, "text.fields[1].attribute"
      ),
      (#"{"language":"none","fields":[{"attribute":"title","average":0}]}"#, .outOfRange, "text.fields[0].average"),
      (#"{"language":"none","fields":[{"attribute":"title","average":1,"b":1.5}]}"#, .outOfRange, "text.fields[0].b"),
      (
        #"{"language":"none","fields":[{"attribute":"title","average":1,"weight":-1}]}"#, .outOfRange,
        "text.fields[0].weight"
      ),
      (
        #"{"language":"none","fields":[{"attribute":"title","average":1e99}]}"#, .notFinite, "text.fields[0].average"
      ),
      (#"{"language":"none","k1":-0.5,"fields":[{"attribute":"title","average":1}]}"#, .outOfRange, "text.k1"),
      (
        #"{"language":"none","analysis_version":0,"fields":[{"attribute":"title","average":1}]}"#, .outOfRange,
        "text.analysis_version"
      ),
      (#"{"language":"none","stop":1,"fields":[{"attribute":"title","average":1}]}"#, .unknown, "text.stop"),
      (#"[]"#, .wrongType, "text"),
    ] as [(String, ModelError.Kind, String)])
  func mistakesNameTheirField(text: String, kind: ModelError.Kind, field: String) {
    let error = #expect(throws: ModelError.self) { try Self.read(text) }
    #expect(error?.kind == kind && error?.field == field, "\(String(describing: error))")
  }
}
