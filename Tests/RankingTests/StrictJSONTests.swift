import Testing
import Vocabulary

@testable import Ranking

/// Files of ours say one thing: what two readers may understand in two ways is refused with its place.
struct StrictJSONTests {
  private static func schema(_ text: String) -> ModelError? {
    do throws(ModelError) {
      _ = try CollectionSchema.read(json: Array(text.utf8))
      return nil
    } catch { return error }
  }

  private static func manifest(_ text: String) -> ModelError? {
    do throws(ModelError) {
      _ = try Manifest.read(json: Array(text.utf8))
      return nil
    } catch { return error }
  }

  @Test("The first of two values of a key does not win, neither does the last")
  func repeatedKey() {
    let error = Self.schema(
      #"""
      {"embedding_dimension": 4, "rerank_dimension": 0,
       "embedding_dimension": 8, "attributes": []}
      """#)
    #expect(error?.kind == .duplicate)
    #expect(error?.field == "embedding_dimension")
    #expect(error?.description.contains("line 2, column 2") == true)
  }

  @Test(
    arguments: [
      (
        #"{"embedding_dimension":4,"rerank_dimension":0,"attributes":[{"name":"a","type":"int","type":"float"}]}"#,
        ModelError.Kind.duplicate, "attributes[0].type"
      ),
      (
        #"{"embedding_dimension":4,"rerank_dimension":0,"attributes":[{"name":"a","type":"int","\u0074ype":"int"}]}"#,
        .duplicate, "attributes[0].type"
      ),
      (#"{"embedding_dimension":4,"rerank_dimension":0,"attributes":[],}"#, .malformed, ""),
      (
        #"{"embedding_dimension":4,"rerank_dimension":0,"attributes":[{"name":"a","type":"int"},]}"#, .malformed,
        "attributes"
      ),
      ("\u{FEFF}{\"embedding_dimension\":4,\"rerank_dimension\":0,\"attributes\":[]}", .malformed, ""),
      (#"{"embedding_dimension":04,"rerank_dimension":0,"attributes":[]}"#, .malformed, "embedding_dimension"),
      (#"{"embedding_dimension":4.5,"rerank_dimension":0,"attributes":[]}"#, .wrongType, "embedding_dimension"),
      (#"{"embedding_dimension":"4","rerank_dimension":0,"attributes":[]}"#, .wrongType, "embedding_dimension"),
      (#"{"embedding_dimension":null,"rerank_dimension":0,"attributes":[]}"#, .wrongType, "embedding_dimension"),
      (#"{"embedding_dimension":4,"rerank_dimension":0,"attributes":{}}"#, .wrongType, "attributes"),
      (#"{"embedding_dimension":4,"rerank_dimension":0,"attributes":[7]}"#, .wrongType, "attributes[0]"),
      (#"{"embedding_dimension":4,"rerank_dimension":0,"attributes":[]} x"#, .malformed, ""),
      (#"[]"#, .wrongType, ""), ("", .malformed, ""), ("PAR1\u{15}\u{0}", .malformed, ""),
    ] as [(String, ModelError.Kind, String)])
  func mistakesInASchema(text: String, kind: ModelError.Kind, field: String) {
    let error = Self.schema(text)
    #expect(error?.kind == kind)
    #expect(error?.field == field)
  }

  @Test func aRepeatedKeyOfAManifestHasItsPath() {
    let error = Self.manifest(
      #"{"format":"winnow-model","version":1,"inputs":{"attributes":[{"kind":"one_hot","vocabulary":["a"],"vocabulary":[]}]}}"#
    )
    #expect(error?.kind == .duplicate)
    #expect(error?.field == "inputs.attributes[0].vocabulary")
  }
}
