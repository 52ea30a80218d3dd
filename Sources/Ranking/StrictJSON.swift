import JSON

/// Reads and writes the JSON of files and requests: unknown keys are refused and every error names its field.
package enum StrictJSON {
  /// Reads a value.
  ///
  /// - Throws: `malformed` with line and column, `duplicate` for a key that stands twice; `missing`, `unknown`,
  ///   `wrongType` or `outOfRange`, with the path of the field.
  package static func decode<Value: Decodable>(
    _: Value.Type, from bytes: [UInt8], of file: ModelFile
  ) throws(ModelError) -> Value {
    try decode(Value.self, from: try read(bytes, of: file), of: file)
  }

  /// The JSON of a file.
  ///
  /// - Throws: `malformed`, or `duplicate` for a key that stands twice, with line and column.
  static func read(_ bytes: [UInt8], of file: ModelFile) throws(ModelError) -> JSON {
    do throws(JSONReader.Mistake) { return try JSONReader.read(bytes[...]) } catch {
      throw ModelError(file, error.path, error.isRepeatedKey ? .duplicate : .malformed, error.placed)
    }
  }

  /// The value of a type that JSON holds.
  static func decode<Value: Decodable>(
    _: Value.Type, from json: JSON, of file: ModelFile
  ) throws(ModelError) -> Value {
    do {
      return try ValueDecoder.decode(Value.self, from: json)
    } catch let error as FieldError {
      throw ModelError(file, path(error.path), error.kind, error.detail)
    } catch DecodingError.keyNotFound(let key, let context) {
      throw ModelError(file, path(context.codingPath + [key]), .missing, "the field is required")
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.dataCorrupted(let context)
    {
      throw ModelError(file, path(context.codingPath), .wrongType, context.debugDescription)
    } catch {
      throw ModelError(file, "", .malformed, "not a JSON document of the expected form")
    }
  }

  /// Keys in alphabetical order, so that equal values give equal bytes.
  static func encode(_ value: some Encodable) -> [UInt8] {
    guard let json = try? ValueEncoder.encode(value) else {
      preconditionFailure("a model file of finite numbers and text always encodes")
    }
    return json.file
  }

  private static func path(_ keys: [any CodingKey]) -> String { ValueDecoder.path(keys) }
}

/// A field whose value parses but means nothing, thrown by decoding initialisers for `StrictJSON` to name it.
package struct FieldError: Error {
  package let path: [any CodingKey]
  let kind: ModelError.Kind
  package let detail: String

  /// A fault of the field at the end of a path.
  package init(_ path: [any CodingKey], _ kind: ModelError.Kind, _ detail: String) {
    self.path = path
    self.kind = kind
    self.detail = detail
  }
}

/// A key that is only known at run time.
struct AnyKey: CodingKey, ExpressibleByStringLiteral {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }

  init(stringLiteral name: String) { stringValue = name }

  init?(intValue: Int) { nil }
}

extension Decoder {
  /// The object at this place, whose keys all have to be among `Key`'s cases.
  package func strictContainer<Key: CodingKey & CaseIterable>(_: Key.Type) throws -> KeyedDecodingContainer<Key> {
    _ = try strictFields(Key.allCases.map(\.stringValue))
    return try container(keyedBy: Key.self)
  }

  /// The object at this place, whose keys all have to be among these.
  func strictFields(_ known: [String]) throws -> KeyedDecodingContainer<AnyKey> {
    let fields = try container(keyedBy: AnyKey.self)
    if let stranger = fields.allKeys.map(\.stringValue).filter({ !known.contains($0) }).min() {
      throw FieldError(
        codingPath + [AnyKey(stringValue: stranger)], .unknown, "known here: \(known.joined(separator: ", "))")
    }
    return fields
  }
}

extension KeyedDecodingContainer {
  /// An integer within a range.
  package func integer(_ key: Key, in range: ClosedRange<Int>, default fallback: Int? = nil) throws -> Int {
    if let fallback, !contains(key) { return fallback }
    // By way of float64, because an error of decode(Int.self) does not name its field.
    let number = try decode(Double.self, forKey: key)
    guard let value = Int(exactly: number) else {
      throw FieldError(codingPath + [key], .wrongType, "\(number) is not an integer")
    }
    guard range.contains(value) else {
      throw FieldError(
        codingPath + [key], .outOfRange, "\(value) is not within \(range.lowerBound)…\(range.upperBound)")
    }
    return value
  }

  /// A number, read as float64 and rounded to float32, which has to be finite.
  func float(_ key: Key, default fallback: Float? = nil) throws -> Float {
    if let fallback, !contains(key) { return fallback }
    let value = Float(try decode(Double.self, forKey: key))
    guard value.isFinite else { throw FieldError(codingPath + [key], .notFinite, "not a finite float32") }
    return value
  }

  /// A word of an enumeration.
  func word<Word: RawRepresentable & CaseIterable>(_ key: Key, _: Word.Type) throws -> Word
  where Word.RawValue == String {
    let words = Array(Word.allCases)
    return words[try place(key, among: words.map(\.rawValue))]
  }

  /// The place of a word among those that are known.
  func place(_ key: Key, among words: [String]) throws -> Int {
    let text = try decode(String.self, forKey: key)
    guard let place = words.firstIndex(of: text) else {
      throw FieldError(codingPath + [key], .unknown, "known here: \(words.joined(separator: ", "))")
    }
    return place
  }
}
