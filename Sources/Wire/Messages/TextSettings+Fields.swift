package import Vocabulary

extension FieldCoder {
  /// The text settings of a schema whose other fields stand before them (`proto-spec/03-messages/collection.md`).
  package mutating func text(of schema: inout CollectionSchema) throws(Failure) {
    let text = schema.text
    var (language, version, k1) = (text?.language, text?.analysisVersion ?? 0, text?.k1 ?? 0)
    var names = text?.fields.map(\.attribute) ?? []
    var (weights, bs) = (text?.fields.map(\.weight) ?? [], text?.fields.map(\.b) ?? [])
    var averages = text?.fields.map(\.average) ?? []
    let start = offset
    try name("text_language", &language)
    let isThere = language != nil
    try integer("text_version", &version, in: isThere ? 1...UInt32.max : 0...0)
    try float("text_k1", &k1, in: isThere ? TextSettings.k1Range : 0...0)
    let namesAt = offset
    try self.names("text_attributes", &names)
    try check(isThere != names.isEmpty, at: start, "a language and attributes with text are given together")
    var at = namesAt + 2
    for name in names {
      let type = schema.attributeIndex(named: name).map { schema.attributes[$0].type }
      try check(
        type.map(TextSettings.attributeTypes.contains) ?? false, at: at,
        type == nil ? "the collection has no attribute of this name" : "this attribute holds no text",
        or: .unknownAttribute)
      at += 1 + name.utf8.count
    }
    try floats("text_weights", &weights, count: names.count, in: TextSettings.weightRange)
    try floats("text_b", &bs, count: names.count, in: TextSettings.bRange)
    try floats("text_averages", &averages, count: names.count, in: TextSettings.averageRange)
    guard Self.isReading, let language else { return }
    let fields = names.indices.map {
      TextSettings.Field(attribute: names[$0], weight: weights[$0], b: bs[$0], average: averages[$0])
    }
    let searched = schema.searched(
      by: TextSettings(language: language, analysisVersion: version, k1: k1, fields: fields))
    try check(searched != nil, at: start, "these numbers are text settings")
    schema = searched ?? schema
  }

  /// A float32 within a range.
  private mutating func float(_ name: String, _ value: inout Float, in range: ClosedRange<Float>) throws(Failure) {
    let at = offset
    try float(name, &value)
    try check(range.takes(value), at: at, range.rule, or: .limitExceeded)
  }

  /// Float32 values one after another, all within a range.
  private mutating func floats(
    _ name: String, _ values: inout [Float], count: Int, in range: ClosedRange<Float>
  ) throws(Failure) {
    let at = offset
    try column(name, &values, count: count)
    guard Self.isReading, let fault = values.firstIndex(where: { !range.takes($0) }) else { return }
    try check(false, at: at + 4 * fault, range.rule, or: .limitExceeded)
  }
}

extension ClosedRange<Float> {
  /// -0 is in no range: one value has one form.
  fileprivate func takes(_ value: Float) -> Bool { contains(value) && value.sign == .plus }

  fileprivate var rule: String { "this number is \(lowerBound) to \(upperBound)" }
}
