import JSON
import Names
import Vocabulary
import WinnowClient

/// Turns the rows of a feed into changes: `id`, attributes by their names, vectors inline or from a file, and what the
/// row asks for beside them.
struct ItemReader {
  /// A fault of a row.
  struct Mistake: Error {
    let message: String
    /// Where the row shows it.
    var id: ItemID?
  }

  /// The change that a row asks for.
  struct Change {
    let change: FeedChange
    let expecting: ExpectedVersion?
  }

  private let schema: CollectionSchema
  private let vectors: FeedVectors?
  private let isPartial: Bool
  private let positions: [ExactText: Int]
  private let names: IDDictionary?

  /// - Parameters:
  ///   - isPartial: Whether rows change attributes of items that are there, and say nothing of the others.
  ///   - names: What ids that are texts are the names of; `nil`: they are digits.
  init(schema: CollectionSchema, vectors: FeedVectors?, isPartial: Bool = false, names: IDDictionary? = nil) {
    self.schema = schema
    self.vectors = vectors
    self.isPartial = isPartial
    positions = Dictionary(uniqueKeysWithValues: schema.attributes.enumerated().map { ($1.name.exact, $0) })
    self.names = names
  }

  /// How many rows the source must have for the vectors to be theirs; `nil`: any number.
  var rowsOfVectors: Int? { vectors?.rowCount }

  /// How many vectors by id belong to no row that was read.
  var unmetVectors: Int { vectors?.unmetCount ?? 0 }

  /// The ids that the rows have to have, in their order; `nil`: any.
  var idsOfVectors: [ItemID]? { vectors?.ids }

  /// The change of a row.
  ///
  /// - Parameter row: Its place among the rows, from 0.
  func change(_ fields: [(key: String, value: JSON)], row: Int) throws(Mistake) -> Change {
    let id = try id(fields)
    vectors?.meet(id)
    // An attribute of such a name is an attribute.
    let isDeletion = try flag("delete", fields, id)
    let expecting = try version(fields, id)
    let rest = fields.filter { field in
      field.key != "id" && (positions[field.key.exact] != nil || field.key != "delete" && field.key != "version")
    }
    if isDeletion {
      guard rest.allSatisfy({ $0.value == .null }) else { throw Mistake(message: "a deletion has an id alone", id: id) }
      guard expecting != .absent else { throw Mistake(message: "what is not there cannot be deleted", id: id) }
      return Change(change: .delete(id), expecting: expecting)
    }
    if isPartial {
      guard expecting != .absent else { throw Mistake(message: "what is not there cannot be updated", id: id) }
      return Change(change: .update(try update(id, rest)), expecting: expecting)
    }
    return Change(change: .upsert(try item(id, rest, row: row)), expecting: expecting)
  }

  /// The item of a row: with a dictionary a text is a name and a number the number of the wire.
  private func id(_ fields: [(key: String, value: JSON)]) throws(Mistake) -> ItemID {
    guard let value = fields.first(where: { $0.key == "id" })?.value, value != .null else {
      throw Mistake(message: "id is missing")
    }
    guard let names, case .text(let name) = value else {
      if let number = value.asID { return ItemID(number) }
      guard case .text = value else {
        throw Mistake(message: "id is no integer from 0 to 2^64-1: a number has no sign, point or zeros in front")
      }
      throw Mistake(
        message: "id is no integer from 0 to 2^64-1 without zeros in front; --dictionary takes ids of your own")
    }
    // Items are never pseudonyms, so nothing is thrown for want of a key.
    if let position = try? names.position(of: name) { return ItemID(names.ids[position]) }
    guard let number = IDDictionary.number(name) else {
      throw Mistake(
        message: "id is not in \(names.file); import the items with --dictionaries, so that they get numbers")
    }
    return ItemID(number)
  }

  private func item(_ id: ItemID, _ fields: [(key: String, value: JSON)], row: Int) throws(Mistake) -> Item {
    var item = Item(
      id: id, embedding: [], rerank: [],
      attributes: [AttributeValue?](repeating: nil, count: schema.attributes.count))
    if let found = vectors?.vectors(of: id, row: row) { (item.embedding, item.rerank) = found }
    for (key, value) in fields {
      switch key {
      case "embedding": item.embedding = try vector(value, key, id)
      case "rerank": item.rerank = try vector(value, key, id)
      default:
        let position = try position(of: key, id)
        item.attributes[position] = try attribute(value, schema.attributes[position], id)
      }
    }
    if item.embedding.isEmpty {
      let message =
        switch vectors?.rowCount {
        case nil: vectors == nil ? "there is no embedding" : "the file of vectors has no such id"
        case let count?: "the file of vectors has only \(count) rows"
        }
      throw Mistake(message: message, id: id)
    }
    return item
  }

  private func update(_ id: ItemID, _ fields: [(key: String, value: JSON)]) throws(Mistake) -> ItemUpdate {
    var attributes: [NamedAttribute] = []
    for (key, value) in fields {
      if positions[key.exact] == nil, key == "embedding" || key == "rerank" {
        throw Mistake(message: "a partial update has no vectors", id: id)
      }
      let definition = schema.attributes[try position(of: key, id)]
      attributes.append(NamedAttribute(name: key, value: try attribute(value, definition, id)))
    }
    return ItemUpdate(id: id, attributes: attributes)
  }

  private func position(of key: String, _ id: ItemID) throws(Mistake) -> Int {
    guard let position = positions[key.exact] else {
      throw Mistake(message: "the collection has no attribute \(key.debugDescription)", id: id)
    }
    return position
  }

  private func flag(_ key: String, _ fields: [(key: String, value: JSON)], _ id: ItemID) throws(Mistake) -> Bool {
    guard positions[key.exact] == nil, let value = fields.first(where: { $0.key == key })?.value, value != .null else {
      return false
    }
    guard case .bool(let flag) = value else { throw Mistake(message: "\(key) is neither true nor false", id: id) }
    return flag
  }

  private func version(_ fields: [(key: String, value: JSON)], _ id: ItemID) throws(Mistake) -> ExpectedVersion? {
    guard positions["version"] == nil, let value = fields.first(where: { $0.key == "version" })?.value, value != .null
    else { return nil }
    guard let version = value.asID, version < .max else {
      throw Mistake(message: "version is no integer of at least 0", id: id)
    }
    return version == 0 ? .absent : .version(version)
  }

  private func vector(_ value: JSON, _ key: String, _ id: ItemID) throws(Mistake) -> [Float] {
    guard let vector = value.asVector else { throw Mistake(message: "\(key) is not a list of numbers", id: id) }
    return vector
  }

  private func attribute(
    _ value: JSON, _ definition: AttributeDefinition, _ id: ItemID
  ) throws(Mistake) -> AttributeValue? {
    if value == .null { return nil }
    guard let attribute = AttributeValue(value, definition.type) else {
      throw Mistake(message: "\(definition.name) is not of type \(definition.type.word)", id: id)
    }
    return attribute
  }
}

extension AttributeValue {
  /// A value as JSON says it; `nil` if it is not of the type.
  init?(_ value: JSON, _ type: AttributeType) {
    switch (type, value) {
    case (.int, .int(let value)): self = .int(Int64(value))
    case (.float, _):
      guard let number = value.asNumber else { return nil }
      self = .float(number)
    case (.bool, .bool(let flag)): self = .bool(flag)
    case (.keyword, .text(let text)): self = .keyword(text)
    case (.text, .text(let text)): self = .text(text)
    case (.keywordSet, .list(let values)):
      var words: [String] = []
      for case .text(let word) in values { words.append(word) }
      guard words.count == values.count else { return nil }
      self = .keywordSet(Set(words.map(\.exact)).sorted().map(\.text))
    default: return nil
    }
  }
}
