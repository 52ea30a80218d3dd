/// What people judged: how well items answer queries, in the order of the file.
package struct Judgements: Sendable {
  /// One judgement.
  package struct Judgement: Equatable, Sendable {
    /// The number of the query, below `queries.count`.
    package let query: Int
    /// What `item` gave for the item's id.
    package let item: UInt32
    /// Finite; more is better.
    package let relevance: Float
  }

  /// What relevances mean.
  package struct Scale: Equatable, Sendable {
    /// The least and the greatest that there are.
    package let least, greatest: Float
    /// An item of this relevance or more fits its query; the upper third, unless it is told.
    package var good: Float
    /// An item of this relevance or less, if it is not good, does not; the lower third, unless it is told.
    package var bad: Float

    init(_ rows: [Judgement]) {
      let relevances = rows.map(\.relevance)
      (least, greatest) = (relevances.min() ?? 0, relevances.max() ?? 0)
      // People who write 2.33 mean a third.
      let third = (greatest - least) / 3 + (greatest - least) / 100
      (good, bad) = (greatest - third, least + third)
    }

    /// Whether an item of a relevance fits its query.
    package func isGood(_ relevance: Float) -> Bool { relevance >= good }

    /// Whether it does not.
    package func isBad(_ relevance: Float) -> Bool { relevance <= bad && relevance < good }

    /// Where a relevance stands between the least and the greatest, 0…1; 1 where all are alike.
    package func share(_ relevance: Float) -> Float {
      greatest > least ? (relevance - least) / (greatest - least) : 1
    }

    /// What an item of a relevance adds to what was found: how much more it has than the least; 1 where all are alike.
    package func gain(_ relevance: Float) -> Double { greatest > least ? Double(relevance - least) : 1 }
  }

  private struct Pair: Hashable {
    let query: Int
    let item: UInt32
  }

  /// The queries as they were typed, each once, in the order of their first appearance.
  package private(set) var queries = NameTable()
  package private(set) var rows: [Judgement] = []
  package var scale: Scale

  /// Reads a table of `query`, `item` and `relevance`, in any order, by any delimiter that an import knows.
  ///
  /// - Parameter item: The index of an item by its id; `nil` if there is none.
  /// - Throws: A row that cannot be read, that names no item, or that judges a pair a second time: judgements are whole.
  package init(
    _ file: InputFile, _ format: TableFormat = TableFormat(), item: TestCase.Lookup
  ) throws(DataError) {
    var reader = try RecordReader(file, format)
    let names = ["query", "item", "relevance"]
    guard reader.isJSON || names.allSatisfy(reader.columns.contains) else {
      throw DataError(
        file.name, line: 1, .header,
        "its columns are not query, item and relevance, but: \(reader.columns.joined(separator: ", "))",
        advice: "the first line is a header with these three names")
    }
    scale = Scale([])
    var pairs: Set<Pair> = []
    while let (record, line) = try reader.nextWhole() {
      func field(_ name: String) -> Int? { reader.columns.firstIndex(of: name) }
      func fail(_ field: String, _ kind: DataError.Kind, _ message: String, _ advice: String) -> DataError {
        DataError(file.name, line: line, field: field, kind, message, advice: advice)
      }
      let query, id: String
      do throws(RowFault) {
        guard let text = try record.query(field("query"), format.encoding) else { throw RowFault(.missing, "query") }
        query = text
        id = try record.id(field("item"), "item", format.encoding)
      } catch {
        throw fail(error.field, .malformed, error.reason.rawValue, "repair the file")
      }
      guard let index = try item(id).flatMap({ UInt32(exactly: $0) }) else {
        throw fail(
          "item", .conflict, "the catalogue has no such item", "judgements are for the items that are searched")
      }
      guard let bytes = field("relevance").flatMap({ record.trimmed($0) }),
        let relevance = Numeral.double(bytes).map({ Float($0) }), relevance.isFinite
      else { throw fail("relevance", .malformed, "not a finite number", "such as 2.33; more is better") }
      let number = queries.number(query)
      guard pairs.insert(Pair(query: number, item: index)).inserted else {
        throw fail("item", .conflict, "it stands twice for one query", "which judgement counts? leave one of them")
      }
      rows.append(Judgement(query: number, item: index, relevance: relevance))
    }
    guard !rows.isEmpty else {
      throw DataError(file.name, .noRows, "it has no judgement", advice: "a row is: query, item, relevance")
    }
    scale = Scale(rows)
  }
}

extension Record {
  /// The query in a column, as it was typed but for the blanks at its ends; `nil` if there is none.
  func query(_ column: Int?, _ encoding: TableFormat.Encoding) throws(RowFault) -> String? {
    guard let column, let bytes = trimmed(column) else { return nil }
    guard bytes.count <= Searches.queryBytesMax else { throw RowFault(.queryTooLong, "query") }
    return try plainText(column, "query", encoding)?.trimmingSpaces()
  }
}
