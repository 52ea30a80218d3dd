/// Takes the JSON value of types that encode themselves.
package struct ValueEncoder: Encoder {
  /// A value that grows while it is encoded; several containers of one place write into one node.
  fileprivate final class Node {
    var value: JSON?
    var elements: [Node]?
    var fields: [(String, Node)]?

    func field(_ key: String) -> Node {
      let node = Node()
      fields = (fields ?? []) + [(key, node)]
      return node
    }

    func element() -> Node {
      let node = Node()
      elements = (elements ?? []) + [node]
      return node
    }

    var json: JSON {
      if let fields { return .object(fields.map { ($0.0, $0.1.json) }) }
      if let elements { return .list(elements.map(\.json)) }
      return value ?? .object([])
    }
  }

  package let codingPath: [any CodingKey]
  package var userInfo: [CodingUserInfoKey: Any] { [:] }
  fileprivate let node: Node
  fileprivate let form: KeyForm
  /// Of the keys of this place alone: those of a table are what it holds, not names of fields.
  fileprivate let ownForm: KeyForm

  /// The JSON of a value.
  ///
  /// - Parameter form: How keys are spelt in the file.
  /// - Throws: `EncodingError` for a number that is not finite.
  package static func encode(_ value: some Encodable, keys form: KeyForm = .asNamed) throws -> JSON {
    let encoder = ValueEncoder(codingPath: [], node: Node(), form: form, ownForm: form)
    try encoder.put(value)
    return encoder.node.json
  }

  /// An object at this place.
  package func container<Key: CodingKey>(keyedBy _: Key.Type) -> KeyedEncodingContainer<Key> {
    node.fields = node.fields ?? []
    return KeyedEncodingContainer(FieldWriter<Key>(encoder: self))
  }

  /// A list at this place.
  package func unkeyedContainer() -> any UnkeyedEncodingContainer {
    node.elements = node.elements ?? []
    return ElementWriter(encoder: self)
  }

  /// A plain value at this place.
  package func singleValueContainer() -> any SingleValueEncodingContainer { SingleWriter(encoder: self) }

  fileprivate func put(_ value: some Encodable) throws {
    switch value {
    case let value as Bool: node.value = .bool(value)
    case let value as String: node.value = .text(value)
    case let value as Double: try put(value, value.isFinite)
    case let value as Float: try put(Double(value.description) ?? Double(value), value.isFinite)
    case let value as any BinaryInteger: node.value = Self.integer(value)
    default:
      let ownForm = value is [String: any Encodable] ? KeyForm.asNamed : form
      try value.encode(to: ValueEncoder(codingPath: codingPath, node: node, form: form, ownForm: ownForm))
    }
  }

  private func put(_ value: Double, _ isFinite: Bool) throws {
    guard isFinite else {
      throw EncodingError.invalidValue(
        value, EncodingError.Context(codingPath: codingPath, debugDescription: "JSON has finite numbers only"))
    }
    node.value = .number(value)
  }

  private static func integer(_ value: any BinaryInteger) -> JSON {
    Int(exactly: value).map { .int($0) } ?? .unsigned(UInt64(clamping: value))
  }

  fileprivate func at(_ key: some CodingKey) -> ValueEncoder {
    ValueEncoder(
      codingPath: codingPath + [key], node: node.field(ownForm.key(key.stringValue)), form: form, ownForm: form)
  }
}

private struct FieldWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let encoder: ValueEncoder

  var codingPath: [any CodingKey] { encoder.codingPath }

  func encodeNil(forKey key: Key) { encoder.at(key).node.value = .null }

  func encode(_ value: some Encodable, forKey key: Key) throws { try encoder.at(key).put(value) }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    encoder.at(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { encoder.at(key).unkeyedContainer() }

  func superEncoder() -> any Encoder { encoder }

  func superEncoder(forKey key: Key) -> any Encoder { encoder.at(key) }
}

private struct ElementWriter: UnkeyedEncodingContainer {
  let encoder: ValueEncoder

  var codingPath: [any CodingKey] { encoder.codingPath }
  var count: Int { encoder.node.elements?.count ?? 0 }

  private func next() -> ValueEncoder {
    ValueEncoder(
      codingPath: codingPath, node: encoder.node.element(), form: encoder.form,
      ownForm: encoder.form)
  }

  func encodeNil() { next().node.value = .null }

  func encode(_ value: some Encodable) throws { try next().put(value) }

  func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    next().container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { next().unkeyedContainer() }

  func superEncoder() -> any Encoder { next() }
}

private struct SingleWriter: SingleValueEncodingContainer {
  let encoder: ValueEncoder

  var codingPath: [any CodingKey] { encoder.codingPath }

  func encodeNil() { encoder.node.value = .null }

  func encode(_ value: some Encodable) throws { try encoder.put(value) }
}
