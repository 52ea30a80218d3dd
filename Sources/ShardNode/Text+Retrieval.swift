import Retrieval
import Text
import Vocabulary

extension LexicalSettings {
  /// How items of a schema are searched by words; `nil`: they are not.
  ///
  /// - Throws: Why this shard cannot make terms of their texts.
  init?(_ schema: CollectionSchema) throws(TextError) {
    guard let text = schema.text else { return nil }
    let fields = text.fields.compactMap { field in
      schema.attributeIndex(named: field.attribute).map {
        Field(attribute: $0, weight: field.weight, b: field.b, average: field.average)
      }
    }
    self.init(fields: fields, k1: text.k1, analysis: ItemAnalysis(analyser: try TextAnalyser(text)))
  }
}

/// Makes terms of the texts of items.
private struct ItemAnalysis: TextAnalysis {
  let analyser: TextAnalyser

  func terms(of text: String) -> [String] { analyser.terms(of: text).map(\.text.text) }
}
