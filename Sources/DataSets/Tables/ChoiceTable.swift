import Vocabulary

/// A log of what a policy has shown, with the probabilities of that: columns item, propensity, click (or reward) and perhaps
/// place, user and others.
package struct ChoiceTable: Sendable {
  /// A row.
  package struct Row: Sendable, Equatable {
    package let item: Int
    package let place: Int
    package let user: Int?
    package let reward: Double
    package let propensity: Double
    /// Of the policy that is to be judged, if a column has it.
    package let target: Double?
  }

  package private(set) var rows: [Row] = []
  /// The items and places that occur.
  package private(set) var items = NameTable()
  package private(set) var places = NameTable()

  /// Reads a table by any delimiter that an import knows.
  ///
  /// - Parameter target: The column with the probabilities of the policy that is to be judged; `nil`: none.
  /// - Throws: The first row that cannot be read: an estimate without some rows would be another one.
  package init(_ file: InputFile, _ format: TableFormat = TableFormat(), target: String?) throws(DataError) {
    var reader = try RecordReader(file, format)
    var users = NameTable()
    while let (record, line) = try reader.nextWhole() {
      func column(_ names: [String]) -> Int? {
        names.lazy.compactMap { name in reader.columns.firstIndex { ColumnChoice.plain($0) == name } }.first
      }
      func fail(_ field: String, _ message: String, _ advice: String) -> DataError {
        DataError(file.name, line: line, field: field, .malformed, message, advice: advice)
      }
      func number(_ field: String, _ column: Int?, in range: ClosedRange<Double>) throws(DataError) -> Double {
        guard let column else {
          throw DataError(
            file.name, line: 1, field: field, .header,
            "it has no such column but: \(reader.columns.joined(separator: ", "))",
            advice: "the first line names the columns, or a flag does for a file without such a line")
        }
        guard let bytes = record.trimmed(column), let value = Numeral.double(bytes), range.contains(value) else {
          throw fail(field, "no number from \(range.lowerBound) to \(range.upperBound)", "repair the file")
        }
        return value
      }
      func text(_ field: String, _ column: Int?) throws(DataError) -> String? {
        do throws(RowFault) { return try record.plainText(column ?? -1, field, format.encoding) } catch {
          throw fail(error.field, error.reason.rawValue, "repair the file")
        }
      }
      let itemColumn = column(["item", "itemid", "action", "arm"])
      guard itemColumn != nil, let item = try text("item", itemColumn) else {
        throw fail("item", "there is none", "a row says which item was shown")
      }
      let (placeColumn, userColumn) = (column(["place", "position"]), column(["user", "userid"]))
      let place = placeColumn == nil ? "" : try text("place", placeColumn) ?? ""
      let user = userColumn == nil ? nil : try text("user", userColumn)
      let propensity = try number("propensity", column(["propensity", "propensityscore", "pscore"]), in: 0...1)
      guard propensity > 0 else { throw fail("propensity", "it is 0", "what was shown had a probability above 0") }
      let reward = try number("click", column(["click", "reward"]), in: -1e9...1e9)
      let probability = try target.map { (name) throws(DataError) in
        try number(name, reader.columns.firstIndex(exactly: name), in: 0...1)
      }
      rows.append(
        Row(
          item: items.number(item), place: places.number(place), user: user.map { users.number($0) }, reward: reward,
          propensity: propensity, target: probability))
    }
    guard !rows.isEmpty else {
      throw DataError(file.name, .noRows, "it has no row", advice: "a row is: item, place, click, propensity")
    }
  }
}
