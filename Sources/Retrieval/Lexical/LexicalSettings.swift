/// How the terms of an item become impacts: the fields with their numbers, fixed for the life of a table.
package struct LexicalSettings: Sendable {
  /// An attribute whose text is searched: a text, a keyword or a set of keywords.
  package struct Field: Sendable {
    /// Position in the schema.
    let attribute: Int
    let weight: Float
    /// How much the length counts, 0…1.
    let b: Float
    /// The length that is usual, in terms.
    let average: Float

    package init(attribute: Int, weight: Float, b: Float, average: Float) {
      self.attribute = attribute
      self.weight = weight
      self.b = b
      self.average = average
    }
  }

  let fields: [Field]
  let k1: Float
  let analysis: any TextAnalysis
  /// How many lists of about one size become one.
  let foldedCount: Int

  /// - Parameter fields: In the order in which their parts of an impact are added.
  package init(fields: [Field], k1: Float, analysis: any TextAnalysis, foldedCount: Int = 8) {
    precondition(foldedCount > 1)
    self.foldedCount = foldedCount
    self.fields = fields
    self.k1 = k1
    self.analysis = analysis
  }

  /// What one field adds for a term that stands in it `frequency` times; the field has `length` terms.
  func part(_ field: Field, frequency: Int, length: Int) -> Float {
    let norm = (1 - field.b) + field.b * Float(length) / field.average
    return field.weight * Float(frequency) / norm
  }

  /// The impact of a term whose parts add up to `sum`.
  func impact(_ sum: Float) -> Float { (k1 + 1) * sum / (k1 + sum) }
}
