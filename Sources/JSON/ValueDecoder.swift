/// Gives a JSON value to types that decode themselves. It throws the errors of `DecodingError`, with the path of the
/// field; a value never passes for one of another type.
package struct ValueDecoder: Decoder {
  package let codingPath: [any CodingKey]
  package var userInfo: [CodingUserInfoKey: Any] { [:] }
  fileprivate let json: JSON
  fileprivate let form: KeyForm
  /// Of the keys of this place alone: those of a table are what it holds, not names of fields.
  fileprivate let ownForm: KeyForm

  fileprivate init(_ json: JSON, _ form: KeyForm, _ codingPath: [any CodingKey], ownForm: KeyForm? = nil) {
    self.json = json
    self.form = form
    self.ownForm = ownForm ?? form
    self.codingPath = codingPath
  }

  /// The value of a type that a JSON value holds.
  ///
  /// - Parameter form: How keys are spelt in the value.
  package static func decode<Value: Decodable>(
    _: Value.Type, from json: JSON, keys form: KeyForm = .asNamed
  ) throws -> Value {
    try ValueDecoder(json, form, []).value(Value.self)
  }

  /// `layers[2].out` from the keys on the way to a field.
  package static func path(_ keys: [any CodingKey]) -> String {
    keys.reduce(into: "") { path, key in
      if let index = key.intValue {
        path += "[\(index)]"
      } else {
        path += (path.isEmpty ? "" : ".") + JSON.step(key.stringValue)
      }
    }
  }

  /// The object at this place.
  package func container<Key: CodingKey>(keyedBy _: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .object(let fields) = json else { throw wrongType([String: JSON].self, "an object") }
    return KeyedDecodingContainer(Fields<Key>(self, fields))
  }

  /// The list at this place.
  package func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .list(let values) = json else { throw wrongType([JSON].self, "a list") }
    return Elements(self, values)
  }

  /// The plain value at this place.
  package func singleValueContainer() -> any SingleValueDecodingContainer { Single(decoder: self) }

  // MARK: Plain values

  fileprivate func wrongType(_ type: Any.Type, _ needed: String) -> DecodingError {
    let context = DecodingError.Context(codingPath: codingPath, debugDescription: "\(needed) is needed here")
    return json == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
  }

  fileprivate func value<Value: Decodable>(_: Value.Type) throws -> Value {
    guard let table = Value.self as? any Table.Type, form != .asNamed else { return try Value(from: self) }
    guard let value = try table.init(from: ValueDecoder(json, form, codingPath, ownForm: .asNamed)) as? Value else {
      throw wrongType(Value.self, "an object")
    }
    return value
  }

  fileprivate func bool() throws -> Bool {
    guard case .bool(let value) = json else { throw wrongType(Bool.self, "true or false") }
    return value
  }

  fileprivate func text() throws -> String {
    guard case .text(let value) = json else { throw wrongType(String.self, "a text") }
    return value
  }

  fileprivate func double() throws -> Double {
    guard let value = json.asNumber else { throw wrongType(Double.self, "a number") }
    return value
  }

  fileprivate func integer<Value: FixedWidthInteger>(_: Value.Type) throws -> Value {
    let value: Value? =
      switch json {
      case .int(let number): Value(exactly: number)
      case .unsigned(let number): Value(exactly: number)
      // A language without integers may write 3 as 3.0.
      case .number(let number): Value(exactly: number)
      default: throw wrongType(Value.self, "a whole number")
      }
    guard let value else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: codingPath, debugDescription: "a whole number of \(Value.bitWidth) bits is needed here"))
    }
    return value
  }
}

/// A value that is taken as it is: 5 and 5.0 are two.
extension JSON: Decodable {
  package init(from decoder: any Decoder) throws {
    guard let decoder = decoder as? ValueDecoder else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "not a value of this room"))
    }
    self = decoder.json
  }
}

/// A dictionary by text.
private protocol Table: Decodable {}

extension Dictionary: Table where Key == String, Value: Decodable {}

private struct Index: CodingKey {
  let intValue: Int?
  var stringValue: String { intValue.map { "\($0)" } ?? "super" }

  init(_ index: Int?) { intValue = index }

  init?(intValue: Int) { self.init(intValue) }

  init?(stringValue: String) { nil }
}

private struct Fields<Key: CodingKey>: KeyedDecodingContainerProtocol {
  private let decoder: ValueDecoder
  private let fields: [(String, JSON)]
  private let places: [[UInt8]: Int]

  init(_ decoder: ValueDecoder, _ fields: [(String, JSON)]) {
    self.decoder = decoder
    self.fields = fields
    // The reader has refused a key that stands twice.
    places = Dictionary(fields.enumerated().map { (Array($1.0.utf8), $0) }, uniquingKeysWith: { first, _ in first })
  }

  var codingPath: [any CodingKey] { decoder.codingPath }
  var allKeys: [Key] { fields.compactMap { Key(stringValue: decoder.ownForm.name($0.0)) } }

  private func find(_ key: some CodingKey) -> JSON? {
    places[Array(decoder.ownForm.key(key.stringValue).utf8)].map { fields[$0].1 }
  }

  private func field(_ key: some CodingKey) throws -> ValueDecoder {
    guard let json = find(key) else {
      throw DecodingError.keyNotFound(
        key, DecodingError.Context(codingPath: codingPath, debugDescription: "the field is required"))
    }
    return ValueDecoder(json, decoder.form, codingPath + [key])
  }

  func contains(_ key: Key) -> Bool { find(key) != nil }

  func decodeNil(forKey key: Key) throws -> Bool { try field(key).json == .null }

  func decode(_: Bool.Type, forKey key: Key) throws -> Bool { try field(key).bool() }

  func decode(_: String.Type, forKey key: Key) throws -> String { try field(key).text() }

  func decode(_: Double.Type, forKey key: Key) throws -> Double { try field(key).double() }

  func decode(_: Float.Type, forKey key: Key) throws -> Float { Float(try field(key).double()) }

  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try field(key).integer(type) }

  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try field(key).integer(type) }

  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try field(key).integer(type) }

  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try field(key).integer(type) }

  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try field(key).integer(type) }

  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try field(key).integer(type) }

  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try field(key).integer(type) }

  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try field(key).integer(type) }

  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try field(key).integer(type) }

  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try field(key).integer(type) }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try field(key).value(type) }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try field(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try field(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { try field(Index(nil)) }

  func superDecoder(forKey key: Key) throws -> any Decoder { try field(key) }
}

private struct Elements: UnkeyedDecodingContainer {
  private let decoder: ValueDecoder
  private let values: [JSON]
  private(set) var currentIndex = 0

  init(_ decoder: ValueDecoder, _ values: [JSON]) {
    self.decoder = decoder
    self.values = values
  }

  var codingPath: [any CodingKey] { decoder.codingPath }
  var count: Int? { values.count }
  var isAtEnd: Bool { currentIndex == values.count }

  /// Reads the next value; the place moves on only after success.
  private mutating func next<Value>(_ body: (ValueDecoder) throws -> Value) throws -> Value {
    let path = codingPath + [Index(currentIndex)]
    guard !isAtEnd else {
      throw DecodingError.valueNotFound(
        Value.self, DecodingError.Context(codingPath: path, debugDescription: "the list has no further value"))
    }
    let value = try body(ValueDecoder(values[currentIndex], decoder.form, path))
    currentIndex += 1
    return value
  }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, values[currentIndex] == .null else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode(_: Bool.Type) throws -> Bool { try next { try $0.bool() } }

  mutating func decode(_: String.Type) throws -> String { try next { try $0.text() } }

  mutating func decode(_: Double.Type) throws -> Double { try next { try $0.double() } }

  mutating func decode(_: Float.Type) throws -> Float { Float(try next { try $0.double() }) }

  mutating func decode(_ type: Int.Type) throws -> Int { try next { try $0.integer(type) } }

  mutating func decode(_ type: Int8.Type) throws -> Int8 { try next { try $0.integer(type) } }

  mutating func decode(_ type: Int16.Type) throws -> Int16 { try next { try $0.integer(type) } }

  mutating func decode(_ type: Int32.Type) throws -> Int32 { try next { try $0.integer(type) } }

  mutating func decode(_ type: Int64.Type) throws -> Int64 { try next { try $0.integer(type) } }

  mutating func decode(_ type: UInt.Type) throws -> UInt { try next { try $0.integer(type) } }

  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next { try $0.integer(type) } }

  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next { try $0.integer(type) } }

  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next { try $0.integer(type) } }

  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next { try $0.integer(type) } }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next { try $0.value(type) } }

  mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    try next { try $0.container(keyedBy: type) }
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next { try $0.unkeyedContainer() }
  }

  mutating func superDecoder() throws -> any Decoder { try next { $0 } }
}

private struct Single: SingleValueDecodingContainer {
  let decoder: ValueDecoder

  var codingPath: [any CodingKey] { decoder.codingPath }

  func decodeNil() -> Bool { decoder.json == .null }

  func decode(_: Bool.Type) throws -> Bool { try decoder.bool() }

  func decode(_: String.Type) throws -> String { try decoder.text() }

  func decode(_: Double.Type) throws -> Double { try decoder.double() }

  func decode(_: Float.Type) throws -> Float { Float(try decoder.double()) }

  func decode(_ type: Int.Type) throws -> Int { try decoder.integer(type) }

  func decode(_ type: Int8.Type) throws -> Int8 { try decoder.integer(type) }

  func decode(_ type: Int16.Type) throws -> Int16 { try decoder.integer(type) }

  func decode(_ type: Int32.Type) throws -> Int32 { try decoder.integer(type) }

  func decode(_ type: Int64.Type) throws -> Int64 { try decoder.integer(type) }

  func decode(_ type: UInt.Type) throws -> UInt { try decoder.integer(type) }

  func decode(_ type: UInt8.Type) throws -> UInt8 { try decoder.integer(type) }

  func decode(_ type: UInt16.Type) throws -> UInt16 { try decoder.integer(type) }

  func decode(_ type: UInt32.Type) throws -> UInt32 { try decoder.integer(type) }

  func decode(_ type: UInt64.Type) throws -> UInt64 { try decoder.integer(type) }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.value(type) }
}
