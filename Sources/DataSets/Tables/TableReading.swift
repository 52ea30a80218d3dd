/// How a table or a log was understood: the form of the file, what each column is, and why. It is told to the person who
/// imports, and stands in the report of the data set.
package struct TableReading: Codable, Sendable, Equatable {
  /// A column of the file, and what was made of it.
  package struct Column: Codable, Sendable, Equatable {
    /// As the file has it; empty if no column of the file has this meaning.
    package let name: String
    package let meaning: String
    package let reason: String
  }

  package let file: String
  package let form: String
  package var columns: [Column] = []
  /// Columns that mean nothing here.
  package var unused: [String] = []
  /// What numbers and times are, in words.
  package var facts: [String] = []
  /// What the person should look at, and what to do.
  package var warnings: [String] = []
  /// Rows that could be used.
  package var rows: Int?
  /// Rows of a table whose id an event of the log has.
  package var met: Int?

  /// A list of readings as JSON, the same bytes for the same readings.
  package static func json(_ readings: [TableReading]) -> [UInt8] { DataSetJSON.encode(readings) }

  init(file: String, form: String) {
    self.file = file
    self.form = form
  }

  /// The lines that a person reads, without the first, which names the file.
  package var text: String {
    let width = columns.map(\.meaning.count).max() ?? 0
    var text = ""
    for column in columns {
      let padding = String(repeating: " ", count: width - column.meaning.count)
      text += "  \(column.meaning)\(padding)  \(column.name.isEmpty ? "none" : "'\(column.name)'"): \(column.reason)\n"
    }
    if !unused.isEmpty { text += "  not used: \(unused.map { "'\($0)'" }.joined(separator: ", "))\n" }
    return text + facts.map { "  \($0)\n" }.joined() + warnings.map { "  warning: \($0)\n" }.joined()
  }
}
