package import Text
package import Vocabulary

extension TextSettings {
  /// The settings of a collection that is searched by the words of a lexicon, with the lengths that it has counted.
  package init(counted lexicon: Lexicon) {
    let range = Self.averageRange
    self.init(
      language: lexicon.language.name,
      fields: lexicon.fields.map { field in
        Field(attribute: field.name, average: min(max(field.average, range.lowerBound), range.upperBound))
      })
  }
}
