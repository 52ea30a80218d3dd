package import Vocabulary

/// Items or users with their attributes, by their ids as the files have them.
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
  /// How the file was understood; `nil` if the table comes of none.
  package let reading: TableReading?

  /// Takes a table that is there already.
  package init(
    ids: [String], definitions: [AttributeDefinition], columns: [[AttributeValue?]], reading: TableReading? = nil
  ) {
    precondition(columns.count == definitions.count && columns.allSatisfy { $0.count == ids.count }, "[n] a column")
    self.init(
      ids: ids, definitions: definitions, columns: columns, faults: Tally(), repeats: Tally(), reading: reading)
  }

  private init(
    ids: [String], definitions: [AttributeDefinition], columns: [[AttributeValue?]], faults: Tally<RowFault>,
    repeats: Tally<String>, reading: TableReading?
  ) {
    self.ids = ids
    self.definitions = definitions
    self.columns = columns
    self.faults = faults
    self.repeats = repeats
    self.reading = reading
  }

  /// How a file of items or users is to be understood.
  package struct Options: Sendable {
    package var format = TableFormat()
    /// Whether the rows are items or users.
    package var role = ColumnChoice.Role.item
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
  /// else keyword set (lists of JSON), text (a column called title, text, name or description) or keyword. Numbers with
  /// zeros in front are codes, and so keywords.
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
      if idColumn == nil, rows.isJSON { idColumn = try Self.idColumn(rows, options) }
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
          cells[column].append(
            column < texts.count ? texts[column] : nil, isList: record.isList(column),
            isNested: record.isNested(column))
        }
      } catch {
        faults.add(error, line: record.line)
      }
    }
    guard let idColumn, !ids.isEmpty else {
      throw DataError(
        file.name, .noRows, "no row of the file could be used",
        advice: idColumn == nil
          ? "name the column of the ids with \(options.role == .user ? "--user-id" : "--item-id"); the columns are: "
            + rows.columns.joined(separator: ", ")
          : faults.entries.keys.min().map { "for example: \($0.text); \($0.reason.advice)" }
            ?? "is it the right file? There is nothing behind its header")
    }
    // Keys of JSON Lines that no row which was kept has.
    let seen = cells.count
    while cells.count < rows.columns.count { cells.append(RawColumn(count: ids.count)) }
    var reading = TableReading(file: file.name, form: rows.form)
    reading.rows = ids.count
    reading.columns = [
      TableReading.Column(
        name: rows.columns[idColumn], meaning: "id", reason: options.idColumn == nil ? "a usual name" : "as told")
    ]
    let nested = rows.columns.indices.filter { $0 < cells.count && cells[$0].isNested }
    let kept = rows.columns.indices.filter {
      $0 != idColumn && $0 < seen && !options.ignored.contains(rows.columns[$0].exact) && !nested.contains($0)
    }
    reading.unused = rows.columns.indices.filter { $0 != idColumn && !kept.contains($0) }.map { rows.columns[$0] }
    if !nested.isEmpty {
      reading.warnings.append(
        "\(nested.map { "'\(rows.columns[$0])'" }.joined(separator: ", ")) has objects, which no attribute can be: left out"
      )
    }
    let names = try Self.names(rows, kept, options.role)
    let mark = Self.mark(rows, kept.map { cells[$0] }, &reading)
    var cell = CellValue()
    (cell.decimal, cell.setDivider) = (mark, options.setDivider)
    var definitions: [AttributeDefinition] = []
    var columns: [[AttributeValue?]] = []
    for (name, column) in zip(names, kept) {
      let told = options.types[name].map { (type: $0, reason: "as told") }
      let (type, reason) = told ?? cells[column].type(name, mark)
      definitions.append(AttributeDefinition(name: name, type: type))
      reading.columns.append(
        TableReading.Column(name: rows.columns[column], meaning: "\(name) \(type.word)", reason: reason))
      if type == .keyword, told == nil, !reason.hasPrefix("codes"),
        let suspicion = cells[column].suspicion(name)
      {
        reading.warnings.append(suspicion)
      }
      var values: [AttributeValue?] = []
      values.reserveCapacity(ids.count)
      for text in cells[column].texts {
        guard let text else {
          values.append(nil)
          continue
        }
        do throws(RowFault.Reason) { values.append(try cell.value(text, type, isTold: told != nil)) } catch {
          faults.add(RowFault(error, name), line: 0)
          values.append(nil)
        }
      }
      columns.append(values)
    }
    if let note = FloatIDs.note(ids) { reading.warnings.append(note) }
    self.init(
      ids: ids, definitions: definitions, columns: columns, faults: faults, repeats: repeats, reading: reading)
  }

  /// How the file was understood, with how many rows have an id that the log has too.
  func reading(meeting names: NameTable) -> TableReading? {
    guard var reading else { return nil }
    let met = ids.count { names[$0] != nil }
    reading.met = met
    if met == 0 {
      reading.warnings.append(
        "no row meets an event of the log: the ids of both files are written differently, or it is another file")
    }
    return reading
  }

  /// What marks the fraction of numbers: what was told, or what the numbers of the whole table prove where `;` divides.
  private static func mark(
    _ rows: RecordReader, _ columns: [RawColumn], _ reading: inout TableReading
  ) -> DecimalMark? {
    if let told = rows.decimal {
      reading.facts.append("numbers: a \(told.rawValue) before the fraction, as told")
      return told
    }
    guard rows.findsDecimal else { return nil }
    let proofs = columns.map(\.provenMarks)
    let marks = proofs.reduce(into: Set<DecimalMark>()) { $0.formUnion($1.marks) }
    if marks.count == 1, let mark = marks.first {
      reading.facts.append("numbers: a \(mark.rawValue) before the fraction, as they show themselves")
      return mark
    }
    if marks.count > 1 || proofs.contains(where: \.isAmbiguous) {
      reading.warnings.append(
        marks.count > 1
          ? "some numbers have a comma before the fraction, others a point: --decimal says which it is"
          : "numbers such as 1,234 and 1.234 may be two things: --decimal comma or --decimal point says which")
    }
    return nil
  }

  private static func names(
    _ rows: RecordReader, _ kept: [Int], _ role: ColumnChoice.Role
  ) throws(DataError) -> [String] {
    let names = kept.map { attributeName(rows.columns[$0]) }
    if role == .item, let bad = names.firstIndex(where: CollectionSchema.reservedNames.contains) {
      let column = rows.columns[kept[bad]]
      throw DataError(
        rows.name, line: 1, field: column, .column,
        "an attribute of items cannot be called '\(names[bad])': items use this name themselves",
        advice: "rename the column, or leave it out: --ignore \(column)")
    }
    if let bad = names.indices.first(where: { !isName(names[$0]) || names[..<$0].contains(names[$0]) }) {
      throw DataError(
        rows.name, line: 1, field: rows.columns[kept[bad]], .column,
        "the column has no name of 1 to 64 letters, digits, '-' and '_', or that of another column",
        advice: "rename it or leave it out: --ignore")
    }
    guard kept.count <= Limits.attributesMax else {
      throw DataError(
        rows.name, .column, "\(kept.count) attributes, at most \(Limits.attributesMax)",
        advice: "leave columns out: --ignore")
    }
    return names
  }

  /// The column of the ids: the one that was told, else `id`, else the one with a usual name of the rows' kind.
  ///
  /// - Returns: `nil` if JSON Lines have had no such key so far.
  private static func idColumn(_ rows: RecordReader, _ options: Options) throws(DataError) -> Int? {
    let flag = options.role == .user ? "--user-id" : "--item-id"
    let names = rows.columns.map(ColumnChoice.plain)
    let found: [Int]
    if let told = options.idColumn {
      found = rows.columns.firstIndex(exactly: told).map { [$0] } ?? []
    } else {
      let plainest = names.indices.filter { names[$0] == "id" }
      found = plainest.isEmpty ? names.indices.filter { options.role.names.contains(names[$0]) } : plainest
    }
    guard found.count <= 1 else {
      throw DataError(
        rows.name, line: 1, field: "id", .column,
        "columns \(found.map { "'\(rows.columns[$0])'" }.joined(separator: " and ")) may both be meant",
        advice: "choose one with \(flag)")
    }
    guard found.isEmpty, !rows.isJSON else { return found.first }
    throw DataError(
      rows.name, line: 1, field: options.idColumn ?? "id", .header, "the first line is no header with such a column",
      advice: "name the column of the ids with \(flag); the columns are: " + rows.columns.joined(separator: ", "))
  }

  /// A column's name in the grammar of attributes: lower case, anything else an underscore.
  package static func attributeName(_ name: String) -> String {
    String(name.lowercased().unicodeScalars.map { isName(String($0)) ? Character($0) : "_" })
  }
}

/// Ids that a program wrote as floats: `2.0` is another id than `2`.
enum FloatIDs {
  /// What to tell about ids of which some end in `.0`.
  static func note(_ ids: [String]) -> String? { note(count: ids.count { isFloat($0) }, of: ids.count) }

  /// Whether an id is digits with `.0` behind them.
  static func isFloat(_ id: String) -> Bool {
    id.utf8.count > 2 && id.hasSuffix(".0") && id.utf8.dropLast(2).allSatisfy { (0x30...0x39).contains($0) }
  }

  static func note(count: Int, of all: Int) -> String? {
    guard count > 0 else { return nil }
    return "\(count) of \(all) ids end in .0, as programs write whole numbers that they took for floats; "
      + "an id is its text, so that 2.0 is not 2: write the ids as whole numbers"
  }
}
