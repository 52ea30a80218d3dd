import JSON
import Names
package import Vocabulary

/// The directory of a data set: `interactions.tsv`, `items.jsonl`, `users.jsonl`, both dictionaries, `test.tsv` if a test
/// came with the data, and `dataset.json`, which is written last. Users and items stand in it by number only.
extension DataSet {
  /// The content of `dataset.json`.
  package struct Summary: Codable, Sendable {
    struct Attribute: Codable, Sendable {
      let name: String
      let type: String
    }

    /// The columns of `interactions.tsv` that only version 2 has.
    static let searchColumns = ["query", "place"]

    var format = "winnow-dataset"
    /// 2 if the log says what was searched for.
    var version = 1
    /// Whether the column `time` has milliseconds since 1970.
    package let clock: Bool
    package let pseudonymousUsers: Bool
    package let events: Int
    package let users: Int
    package let items: Int
    let itemAttributes: [Attribute]
    let userAttributes: [Attribute]
    /// The rows that cleaning dropped, and why.
    package let cleaning: CleaningReport?
    /// How the log and the tables were understood.
    package var tables: [TableReading]?
    /// Bytes of each other file that the import wrote: a file of another size was put there by a person.
    package var fileBytes: [String: Int]?

    /// The same of fewer events and users.
    func counting(events: Int, users: Int) -> Summary {
      Summary(
        version: version, clock: clock, pseudonymousUsers: pseudonymousUsers, events: events, users: users,
        items: items,
        itemAttributes: itemAttributes, userAttributes: userAttributes, cleaning: cleaning, tables: tables,
        fileBytes: fileBytes)
    }
  }

  /// The files by their names, in the order in which to write them.
  ///
  /// - Parameters:
  ///   - tables: How the files that it was made of were understood.
  ///   - catalogue: The items with more attributes than the data set knows; `nil`: as they are.
  package func files(
    _ report: CleaningReport?, tables: [TableReading]? = nil, test: [TestCase] = [],
    catalogue extended: AttributeColumns? = nil
  ) -> [(name: String, bytes: [UInt8])] {
    let catalogue = extended ?? catalogue
    let attributes = { (definitions: [AttributeDefinition]) in
      definitions.map { Summary.Attribute(name: $0.name, type: $0.type.word) }
    }
    var summary = Summary(
      version: searches.isEmpty ? 1 : 2, clock: hasClock, pseudonymousUsers: users.isPseudonymous,
      events: interactions.count, users: users.count,
      items: items.count, itemAttributes: attributes(catalogue.definitions),
      userAttributes: attributes(userDefinitions),
      cleaning: report, tables: tables)
    var files = [
      ("interactions.tsv", table), ("items.dict", items.bytes), ("users.dict", users.bytes),
      ("items.jsonl", Self.lines(items.ids, catalogue.definitions, catalogue.columns)),
      ("users.jsonl", Self.lines(users.ids, userDefinitions, userColumns)),
    ]
    if !test.isEmpty { files.append(("test.tsv", table(of: test))) }
    // A model directory has them of the data set that it was trained on, and more files.
    if report != nil { summary.fileBytes = Dictionary(uniqueKeysWithValues: files.map { ($0.0, $0.1.count) }) }
    return files + [("dataset.json", DataSetJSON.encode(summary))]
  }

  private var table: [UInt8] {
    let columns = EventWord.allCases.compactMap { word in words[word].map { (name: word.rawValue, values: $0) } }
    let names = columns.map(\.name) + (searches.isEmpty ? [] : Summary.searchColumns)
    var bytes = Array("user\titem\tevent\tvalue\ttime\(names.map { "\t\($0)" }.joined())\n".utf8)
    for event in 0..<interactions.count {
      let (user, item) = (users.ids[Int(interactions.users[event])], items.ids[Int(interactions.items[event])])
      bytes += "\(user)\t\(item)\t\(kinds[event].word)\t\(values[event])\t\(interactions.times[event])".utf8
      for column in columns { bytes += "\t\(column.values[event]?.text ?? "")".utf8 }
      if !searches.isEmpty {
        bytes += "\t\(searches.text(of: event) ?? "")\t\(searches.place(of: event) ?? 0)".utf8
      }
      bytes.append(0x0A)
    }
    return bytes
  }

  private func table(of test: [TestCase]) -> [UInt8] {
    var bytes = Array("user\titem\tnegatives\n".utf8)
    for one in test {
      let negatives = (one.others ?? []).map { String(items.ids[Int($0)]) }.joined(separator: " ")
      for item in one.relevant { bytes += "\(users.ids[one.user])\t\(items.ids[Int(item)])\t\(negatives)\n".utf8 }
    }
    return bytes
  }

  /// Objects of an id and the attributes that are there, a line each.
  package static func lines(
    _ ids: [UInt64], _ definitions: [AttributeDefinition], _ columns: [[AttributeValue?]]
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    for row in ids.indices {
      bytes += "{\"id\":\(ids[row])".utf8
      for (definition, column) in zip(definitions, columns) {
        if let value = column[row] { bytes += ",\"\(definition.name)\":\(json(value))".utf8 }
      }
      bytes += [0x7D, 0x0A]
    }
    return bytes
  }

  private static func json(_ value: AttributeValue) -> String {
    switch value {
    case .int(let number): "\(number)"
    case .float(let number): "\(number)"
    case .bool(let flag): "\(flag)"
    case .keyword(let text), .text(let text): JSON.quoted(text, .row)
    case .keywordSet(let words): "[\(words.map { JSON.quoted($0, .row) }.joined(separator: ","))]"
    }
  }
}
