import Names
package import Storage
import Vocabulary

extension DataSet {
  /// A data set as it was read, with what came with it.
  package struct Read: Sendable {
    package let data: DataSet
    package let summary: Summary
    /// The test that came with the data; empty if none did.
    package let test: [TestCase]

    /// The same data with another test.
    package func testing(_ test: [TestCase]) -> Read { Read(data: data, summary: summary, test: test) }
  }

  private static let jsonBytesMax = 64 << 20
  private static let advice = "import the data again: its files are not of one import"

  /// Reads the directory that an import wrote.
  ///
  /// - Throws: What is wrong, with the file.
  package static func read(
    _ directory: String, on disk: some Disk, weights: EventWeights = EventWeights()
  ) throws(DataError) -> Read {
    let summaryPath = "\(directory)/dataset.json"
    let summary = try DataSetJSON.decode(
      Summary.self, try DataError.reading(summaryPath, limit: jsonBytesMax, on: disk), summaryPath)
    guard summary.format == "winnow-dataset", (1...2).contains(summary.version) else {
      throw DataError(summaryPath, .malformed, "another format or version", advice: "import the data again")
    }
    let (users, items) = try DataError.naming { () throws(NameError) in
      (
        try IDDictionary.read("\(directory)/users.dict", on: disk),
        try IDDictionary.read("\(directory)/items.dict", on: disk)
      )
    }

    var options = EventReader.Options()
    options.times.unit = summary.clock ? .milliseconds : .order
    options.format.delimiter = .tab
    var reader = try EventReader(try InputFile("\(directory)/interactions.tsv"), options)
    let needed = ["user", "item", "event", "value", "time"]
    let told =
      EventWord.allCases.map(\.rawValue).filter(reader.rows.columns.contains)
      + (summary.version == 2 ? Summary.searchColumns : [])
    guard reader.rows.columns == needed + told else {
      throw DataError(
        reader.rows.name, line: 1, .header,
        "its columns are not \(needed.joined(separator: ", ")), words of the moment and what was searched for",
        advice: "import the data again")
    }
    var interactions = Interactions()
    var kinds: [EventKind] = []
    var values: [Float] = []
    var words: [EventWord: [ExactText?]] = [:]
    var searches = Searches()
    var broken: (fault: RowFault, line: Int)?
    while let event = try reader.next({ broken = broken ?? ($0, $1) }) {
      let user = try position(of: event.user, "user", in: users, reader.rows.name, event.line)
      let item = try position(of: event.item, "item", in: items, reader.rows.name, event.line)
      interactions.append(
        user: user, item: item, weight: weights.weight(event.kind, value: Float(event.value)), time: event.time)
      kinds.append(event.kind)
      values.append(Float(event.value))
      for word in reader.words { words[word, default: []].append(event.words[word]) }
      searches.set(kinds.count - 1, query: event.query, place: event.place)
    }
    if let broken {
      throw DataError(
        reader.rows.name, line: broken.line, .malformed, broken.fault.text, advice: "import the data again")
    }
    guard interactions.count == summary.events, users.count == summary.users, items.count == summary.items else {
      throw DataError(
        summaryPath, .conflict, "it counts other events, users or items than there are", advice: advice)
    }
    let data = DataSet(
      interactions, kinds: kinds, values: values, words: words, searches: searches, hasClock: summary.clock,
      users: users, items: items,
      itemTable: try attributes("\(directory)/items.jsonl", summary.itemAttributes, items),
      userTable: try attributes("\(directory)/users.jsonl", summary.userAttributes, users))
    return Read(data: data, summary: summary, test: try test("\(directory)/test.tsv", data, disk))
  }

  private static func position(
    of id: String, _ field: String, in dictionary: IDDictionary, _ file: String, _ line: Int
  ) throws(DataError) -> Int {
    guard let position = UInt64(digits: id).flatMap({ dictionary.position(ofID: $0) }) else {
      throw DataError(
        file, line: line, field: field, .conflict, "the dictionary \(dictionary.file) has no such number",
        advice: advice)
    }
    return position
  }

  private static func attributes(
    _ path: String, _ declared: [Summary.Attribute], _ dictionary: IDDictionary
  ) throws(DataError) -> Attributes {
    guard dictionary.count > 0, !declared.isEmpty else { return ([], []) }
    var options = EntityTable.Options()
    var definitions: [AttributeDefinition] = []
    for attribute in declared {
      guard let type = AttributeType(word: attribute.type) else {
        throw DataError(path, field: attribute.name, .malformed, "the attribute has no known type")
      }
      options.types[attribute.name] = type
      definitions.append(AttributeDefinition(name: attribute.name, type: type))
    }
    options.idColumn = "id"
    let table = try EntityTable(try InputFile(path), options)
    if let fault = table.faults.entries.keys.min() {
      throw DataError(path, .malformed, "not every line could be read: \(fault.text)", advice: advice)
    }
    for (row, id) in table.ids.enumerated()
    where try position(of: id, "id", in: dictionary, path, row + 1) != row {
      throw DataError(
        path, line: row + 1, field: "id", .conflict, "it is not the entry of this line in \(dictionary.file)",
        advice: advice)
    }
    guard table.ids.count == dictionary.count else {
      throw DataError(
        path, .conflict, "it has \(table.ids.count) lines and \(dictionary.file) \(dictionary.count) entries",
        advice: advice)
    }
    return (
      definitions,
      definitions.map { definition in
        table.definitions.firstIndex(of: definition).map { table.columns[$0] }
          ?? [AttributeValue?](repeating: nil, count: dictionary.count)
      }
    )
  }

  private static func test(_ path: String, _ data: DataSet, _ disk: some Disk) throws(DataError) -> [TestCase] {
    do throws(DiskError) {
      // One byte is enough to see whether the file is there.
      guard try disk.read(path, limit: 1) != nil else { return [] }
    } catch {
      guard error.isTooLarge else { throw DataError(path, .unreadable, error.text) }
    }
    return try TestCase.read(try InputFile(path), TableFormat(delimiter: .tab)) { id in
      UInt64(digits: id).flatMap { data.users.position(ofID: $0) }
    } item: { id in
      UInt64(digits: id).flatMap { data.items.position(ofID: $0) }
    }
  }
}

extension DataError {
  /// The bytes of a file that has to be there.
  package static func reading(_ path: String, limit: Int, on disk: some Disk) throws(DataError) -> [UInt8] {
    do throws(DiskError) {
      if let bytes = try disk.read(path, limit: limit) { return bytes }
    } catch {
      throw DataError(path, .unreadable, error.text)
    }
    throw DataError(path, .unreadable, "there is no such file", advice: "'winnow import' writes it")
  }
}
