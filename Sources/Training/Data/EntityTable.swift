package import Vocabulary

/// Items or users with whatever is known of them, by their ids as the files have them.
package struct EntityTable: Sendable {
  /// `[n]`, each once, in the order of the file.
  package let ids: [String]
  package let definitions: [AttributeDefinition]
  /// A column an attribute, `[n]` each; `nil` is missing.
  package let columns: [[AttributeValue?]]
  /// Rows that were left out, by what is wrong with them.
  package let faults: Tally<RowFault>
  /// Lines whose id stood before; the first holds.
  package let repeats: Tally<String>

  /// Takes a table that is there already.
  package init(ids: [String], definitions: [AttributeDefinition], columns: [[AttributeValue?]]) {
    precondition(columns.count == definitions.count && columns.allSatisfy { $0.count == ids.count }, "[n] a column")
    self.init(ids: ids, definitions: definitions, columns: columns, faults: Tally(), repeats: Tally())
  }

  private init(
    ids: [String], definitions: [AttributeDefinition], columns: [[AttributeValue?]], faults: Tally<RowFault>,
    repeats: Tally<String>
  ) {
    self.ids = ids
    self.definitions = definitions
    self.columns = columns
    self.faults = faults
    self.repeats = repeats
  }

  /// How a file of items or users is to be understood.
  package struct Options: Sendable {
    package var format = TableFormat()
    /// The column of the id; `nil`: `id`, or a usual name of items or users.
    package var idColumn: String?
    /// Columns to leave out.
    package var ignored: Set<ExactText> = []
    /// Types that are not to be found out from the values, by attribute.
    package var types: [String: AttributeType] = [:]
    /// What divides the members of a keyword set in a table.
    package var setDivider: UInt8 = 0x7C

    package init() {}
  }

  /// Reads a file. A column's type, if it is not given, is the narrowest of int, float, bool that all its values have,
  /// else keyword set (lists of JSON), text (a column called title, text, name or description) or keyword.
  ///
  /// - Throws: If the file has no column of ids, no usable row, or more attributes than a collection may have.
  package init(_ file: InputFile, _ options: Options = Options()) throws(DataError) {
    var rows = try RecordReader(file, options.format)
    var ids: [String] = []
    var known: Set<ExactText> = []
    var faults = Tally<RowFault>()
    var repeats = Tally<String>()
    var cells: [RawColumn] = []
    var idColumn = try rows.isJSON ? nil : Self.idColumn(rows, options)
    while let row = try rows.next() {
      guard case .record(let record) = row else {
        if case .fault(let fault, let line) = row { faults.add(fault, line: line) }
        continue
      }
      if idColumn == nil { idColumn = try? Self.idColumn(rows, options) }
      do throws(RowFault) {
        let id = try record.id(idColumn, "id", options.format.encoding)
        var texts: [String?] = []
        for column in rows.columns.indices {
          texts.append(try record.text(column, rows.columns[column], options.format.encoding))
        }
        guard known.insert(id.exact).inserted else {
          repeats.add("id", line: record.line)
          continue
        }
        while cells.count < texts.count { cells.append(RawColumn(count: ids.count)) }
        ids.append(id)
        for column in cells.indices {
          cells[column].append(column < texts.count ? texts[column] : nil, isList: record.isList(column))
        }
      } catch {
        faults.add(error, line: record.line)
      }
    }
    guard let idColumn, !ids.isEmpty else {
      throw DataError(
        file.name, .noRows, "no row of the file could be used",
        advice: faults.entries.keys.min().map { "for example: \($0.text); \($0.reason.advice)" }
          ?? "is it the right file? There is nothing behind its header")
    }
    let kept = rows.columns.indices.filter { $0 != idColumn && !options.ignored.contains(rows.columns[$0].exact) }
    let names = kept.map { Self.attributeName(rows.columns[$0]) }
    if let bad = names.indices.first(where: { !isName(names[$0]) || names[..<$0].contains(names[$0]) }) {
      throw DataError(
        file.name, line: 1, field: rows.columns[kept[bad]], .column,
        "the column has no name of 1 to 64 letters, digits, '-' and '_', or that of another column",
        advice: "rename it or leave it out")
    }
    guard kept.count <= Limits.attributesMax else {
      throw DataError(
        file.name, .column, "\(kept.count) attributes, at most \(Limits.attributesMax)", advice: "leave columns out")
    }
    var definitions: [AttributeDefinition] = []
    var columns: [[AttributeValue?]] = []
    for (name, column) in zip(names, kept) {
      let type = options.types[name] ?? cells[column].type(name)
      definitions.append(AttributeDefinition(name: name, type: type))
      var values: [AttributeValue?] = []
      values.reserveCapacity(ids.count)
      for text in cells[column].texts {
        let value = text.flatMap { Self.value($0, type, options.setDivider) }
        if text != nil, value == nil { faults.add(RowFault(.notWanted, name), line: 0) }
        values.append(value)
      }
      columns.append(values)
    }
    self.init(ids: ids, definitions: definitions, columns: columns, faults: faults, repeats: repeats)
  }

  private static func idColumn(_ rows: RecordReader, _ options: Options) throws(DataError) -> Int {
    let names = rows.columns.map { $0.lowercased() }
    let usual = ["id"] + ColumnChoice.Role.item.names + ColumnChoice.Role.user.names
    let found =
      options.idColumn.map { rows.columns.firstIndex(exactly: $0) }
      ?? usual.lazy.compactMap { names.firstIndex(of: $0) }.first
    guard let found else {
      throw DataError(
        rows.name, line: 1, field: options.idColumn ?? "id", .header, "the first line is no header with such a column",
        advice: "name the column of the ids; there are \(rows.columns.count) columns")
    }
    return found
  }

  /// A column's name in the grammar of attributes: lower case, anything else an underscore.
  private static func attributeName(_ name: String) -> String {
    String(name.lowercased().unicodeScalars.map { isName(String($0)) ? Character($0) : "_" })
  }

  private static func value(_ text: String, _ type: AttributeType, _ divider: UInt8) -> AttributeValue? {
    let bytes = Array(text.utf8)[...]
    switch type {
    case .int: return Numeral.int(bytes).map { .int($0) }
    case .float: return Numeral.double(bytes).map { .float($0) }
    case .bool: return RawColumn.bool(text).map { .bool($0) }
    case .text: return bytes.count <= Limits.attributeBytesMax ? .text(text) : nil
    case .keyword: return bytes.count <= Limits.attributeBytesMax ? .keyword(text) : nil
    case .keywordSet:
      let divider = bytes.contains(Record.listDivider) ? Record.listDivider : divider
      let words = Set(bytes.split(separator: divider).map { String(decoding: $0, as: UTF8.self).exact })
      guard !words.isEmpty, words.count <= Limits.keywordSetMax, bytes.count <= Limits.attributeBytesMax else {
        return nil
      }
      return .keywordSet(words.sorted().map(\.text))
    }
  }
}

/// The values of a column before its type is known.
private struct RawColumn {
  var texts: [String?]
  private var hasLists = false
  private var canBeInt = true
  private var canBeFloat = true
  private var canBeBool = true
  private var isEmpty = true
  private var bytesMax = 0

  init(count: Int) { texts = [String?](repeating: nil, count: count) }

  mutating func append(_ text: String?, isList: Bool) {
    texts.append(text)
    guard let text else { return }
    let bytes = Array(text.utf8)[...]
    isEmpty = false
    hasLists = hasLists || isList
    if canBeInt { canBeInt = Numeral.int(bytes) != nil }
    if canBeFloat { canBeFloat = Numeral.double(bytes) != nil }
    if canBeBool { canBeBool = Self.bool(text) != nil }
    bytesMax = max(bytesMax, bytes.count)
  }

  func type(_ name: String) -> AttributeType {
    if hasLists { return .keywordSet }
    if ["title", "text", "name", "description"].contains(name) { return .text }
    if ["category", "brand"].contains(name) || isEmpty { return .keyword }
    if name == "price", canBeFloat { return .float }
    if canBeInt { return .int }
    if canBeFloat { return .float }
    if canBeBool { return .bool }
    return bytesMax <= 256 ? .keyword : .text
  }

  static func bool(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true", "yes": true
    case "false", "no": false
    default: nil
    }
  }
}
