import Vocabulary

/// The files of an import: a log, and the tables beside it.
package struct DataSource: Sendable {
  package var log: EventLog
  package var items: EntityTable?
  package var users: EntityTable?
  /// Paths of the NCF paper's test, if there is one: ratings and negatives.
  package var test: (ratings: String, negatives: String)?

  package init(log: EventLog, items: EntityTable? = nil, users: EntityTable? = nil) {
    self.log = log
    self.items = items
    self.users = users
  }

  /// Whether it is a table of items alone.
  package var hasNoLog: Bool { log.rowsRead == 0 && items != nil }

  /// How its files were understood, the log first; a table with how many of its rows an event of the log is of.
  package var readings: [TableReading] {
    guard !hasNoLog else { return [items?.reading, users?.reading].compactMap { $0 } }
    return log.readings
      + [
        items?.reading(meeting: log.itemNames), users?.reading(meeting: log.userNames),
      ].compactMap { $0 }
  }

  /// Reads sequences: a line is a user and their items in the order of time, with spaces between them.
  package static func sequences(_ file: InputFile) throws(DataError) -> EventLog {
    var lines = LineReader(file)
    var log = EventLog(name: file.name, hasClock: false)
    while let line = try lines.next() {
      guard case .line(let bytes) = line else {
        log.add(RowFault(.lineTooLong), line: lines.number)
        continue
      }
      let words = bytes.split { $0 == 0x20 || $0 == 0x09 }
      guard !words.isEmpty else { continue }
      do throws(RowFault) {
        guard words.count >= 2 else { throw RowFault(.missing, "items") }
        var ids: [String] = []
        for word in words {
          let record = Record(line: lines.number, bytes: Array(word), fields: [Record.Field(bytes: 0..<word.count)])
          ids.append(try record.id(0, "id", .utf8))
        }
        for (order, item) in ids.dropFirst().enumerated() {
          log.append(
            Event(user: ids[0], item: item, kind: .purchase, value: 1, time: Int64(order), line: lines.number))
        }
      } catch {
        log.add(error, line: lines.number)
      }
    }
    guard log.count > 0 else {
      throw DataError(
        file.name, .noRows, "no line has a user and items", advice: "a line is: USER ITEM ITEM …, with spaces")
    }
    return log
  }

  /// Reads a directory of MovieLens: 100K (`u.data`), 1M (`ratings.dat`), 20M and later (`ratings.csv`), or the NCF
  /// paper's form of 1M (`ml-1m.train.rating` or the pairs of it, with its test).
  ///
  /// - Parameter exists: Whether there is a file of a name.
  package static func movieLens(_ directory: String, exists: (String) -> Bool) throws(DataError) -> DataSource {
    func path(_ names: String...) -> String? {
      names.flatMap { [$0, $0 + ".gz"] }.first(where: exists).map { "\(directory)/\($0)" }
    }
    func log(_ path: String, _ columns: [String]?, _ delimiter: Delimiter) throws(DataError) -> EventLog {
      var options = EventReader.Options()
      options.format.delimiter = delimiter
      options.defaultKind = .rating
      if let columns, let choice = try? ColumnChoice(columns) { options.columns = choice }
      return try EventLog(try InputFile(path), options)
    }
    func table(_ path: String?, _ columns: [String]?, _ delimiter: Delimiter, id: String, latin1: Bool = true)
      throws(DataError) -> EntityTable?
    {
      guard let path else { return nil }
      var options = EntityTable.Options()
      options.format = TableFormat(delimiter: delimiter, encoding: latin1 ? .latin1 : .utf8, columns: columns)
      options.idColumn = id
      options.role = id == "user" ? .user : .item
      // A zip code is personal data; an address and a second name of an item say nothing.
      options.ignored = ["zip", "-", "url", "movie_id"]
      options.types = ["genres": .keywordSet, "age": .int]
      return try EntityTable(try InputFile(path), options)
    }
    let ratingColumns = ["user", "item", "value", "time"]
    let userColumns = ["user", "gender", "age", "occupation", "zip"]
    if let ratings = path("u.data") {
      var source = DataSource(log: try log(ratings, ratingColumns, .tab))
      let flags = ["-"] + genres
      source.items = try table(
        path("u.item"), ["item", "title", "released", "video", "url"] + flags, .pipe, id: "item"
      )?.gatheringGenres(genres)
      source.users = try table(path("u.user"), ["user", "age", "gender", "occupation", "zip"], .pipe, id: "user")
      return source
    }
    if let ratings = path("ratings.dat") {
      var source = DataSource(log: try log(ratings, ratingColumns, .doubleColon))
      source.items = try table(path("movies.dat"), ["item", "title", "genres"], .doubleColon, id: "item")
      source.users = try table(path("users.dat"), userColumns, .doubleColon, id: "user")
      return source
    }
    if let ratings = path("ratings.csv") {
      var source = DataSource(log: try log(ratings, nil, .comma))
      source.items = try table(path("movies.csv"), nil, .comma, id: "movieId", latin1: false)
      return source
    }
    if let ratings = path("ml-1m.train.rating", "ml-1m.train.pairs.tsv") {
      let hasPairs = ratings.contains(".pairs.")
      var source = DataSource(log: try log(ratings, hasPairs ? ["user", "item"] : ratingColumns, .tab))
      source.items = try table(path("items.tsv"), nil, .tab, id: "ncf_item", latin1: false)
      // The paper counts users from 0, MovieLens from 1.
      source.users = try table(path("users.dat"), userColumns, .doubleColon, id: "user")?.renamingIDs {
        UInt64(digits: $0).flatMap { $0 > 0 ? String($0 - 1) : nil } ?? $0
      }
      if let test = path("ml-1m.test.rating"), let negatives = path("ml-1m.test.negative") {
        source.test = (test, negatives)
      }
      return source
    }
    throw DataError(
      directory, .unreadable, "no u.data, ratings.dat, ratings.csv or ml-1m.train.rating is in it",
      advice: "give the directory of a MovieLens archive, or use 'winnow import tsv'")
  }

  private static let genres = [
    "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy", "Film-Noir",
    "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
  ]
}

extension EntityTable {
  /// The same rows under other ids.
  fileprivate func renamingIDs(_ rename: (String) -> String) -> EntityTable {
    EntityTable(ids: ids.map(rename), definitions: definitions, columns: columns, reading: reading)
  }

  /// The flags of genres as one set of words; columns that say nothing else go.
  fileprivate func gatheringGenres(_ genres: [String]) -> EntityTable {
    let title = definitions.firstIndex { $0.name == "title" }
    let flags = genres.map { genre in
      let name = String(genre.lowercased().map { $0 == "'" ? "_" : $0 })
      return definitions.firstIndex { $0.name == name }
    }
    let sets = ids.indices.map { row -> AttributeValue? in
      let words = zip(genres, flags).compactMap { genre, flag in
        flag.flatMap { columns[$0][row] } == .int(1) ? genre : nil
      }
      return words.isEmpty ? nil : .keywordSet(words)
    }
    return EntityTable(
      ids: ids,
      definitions: [
        AttributeDefinition(name: "title", type: .text), AttributeDefinition(name: "genres", type: .keywordSet),
      ],
      columns: [title.map { columns[$0] } ?? ids.map { _ in nil }, sets])
  }
}
