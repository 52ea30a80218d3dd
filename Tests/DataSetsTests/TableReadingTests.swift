import Bytes
import Support
import Testing
import Vocabulary

@testable import DataSets

/// What is understood of a table, and that it is told.
struct TableReadingTests {
  private func file(_ text: String, _ name: String = "file.csv") throws -> InputFile {
    try InputFile(name: name, pieces: [Array(text.utf8)])
  }

  private func table(_ text: String, _ change: (inout EntityTable.Options) -> Void = { _ in }) throws -> EntityTable {
    var options = EntityTable.Options()
    change(&options)
    return try EntityTable(file(text), options)
  }

  private func log(_ text: String, _ change: (inout EventReader.Options) -> Void = { _ in }) throws -> EventLog {
    var options = EventReader.Options()
    change(&options)
    return try EventLog(file(text), options)
  }

  private func types(_ table: EntityTable) -> [String: AttributeType] {
    Dictionary(uniqueKeysWithValues: table.definitions.map { ($0.name, $0.type) })
  }

  @Test func codesWithZerosInFrontAreNoNumbers() throws {
    let table = try table(
      """
      id,price,zip,ean,long,count
      1,10,00123,4006381333931,12345678901234567890,0
      2,20.5,01234,0001234567890,1,10
      """)
    #expect(
      types(table) == [
        "price": .float, "zip": .keyword, "ean": .keyword, "long": .keyword, "count": .int,
      ])
    #expect(table.columns[1] == [.keyword("00123"), .keyword("01234")])
    let zip = table.reading?.columns.first { $0.name == "zip" }
    #expect(zip?.reason == "codes: some have zeros in front")
  }

  @Test func decimalCommaIsFoundWhereSemicolonsDivide() throws {
    let table = try table(
      """
      id;price;weight;in_stock;launch;brand
      1;12,50;1.200;WAHR;31.01.2026;Müller
      2;1.234,00;3;FALSCH;28.02.2026;acme
      """)
    #expect(
      types(table) == [
        "price": .float, "weight": .int, "in_stock": .bool, "launch": .keyword, "brand": .keyword,
      ])
    #expect(table.columns[0] == [.float(12.5), .float(1234)])
    #expect(table.columns[1] == [.int(1200), .int(3)])
    #expect(table.columns[2] == [.bool(true), .bool(false)])
    let reading = try #require(table.reading)
    #expect(reading.facts == ["numbers: a comma before the fraction, as they show themselves"])
    #expect(reading.warnings.count == 1 && reading.warnings[0].contains("'launch' look like dates"))
  }

  @Test func numberThatCanBeTwoIsNotGuessed() throws {
    let text = "id;price\n1;1,234\n2;2,345\n"
    let doubtful = try table(text)
    #expect(types(doubtful) == ["price": .keyword])
    #expect(doubtful.reading?.warnings.contains { $0.contains("--decimal comma or --decimal point") } == true)
    let comma = try table(text) { $0.format.decimal = .comma }
    #expect(comma.columns[0] == [.float(1.234), .float(2.345)])
    let point = try table(text) { $0.format.decimal = .point }
    #expect(point.columns[0] == [.float(1234), .float(2345)])
    // Where both marks stand before fractions, neither is believed.
    let mixed = try table("id;a;b\n1;12,5;12.5\n")
    #expect(types(mixed) == ["a": .keyword, "b": .float])
    #expect(mixed.reading?.warnings.contains { $0.contains("others a point") } == true)
  }

  @Test func columnOfKeywordsThatLookLikeNumbersIsTold() throws {
    let table = try table("id\tprice\tok\n1\t12,50\ty\n2\t13,50\tn\n3\tfree\ty\n4\t1,50\ty\n5\t2,50\ty\n")
    #expect(types(table) == ["price": .keyword, "ok": .keyword])
    let warnings = try #require(table.reading?.warnings)
    #expect(warnings.count == 2)
    #expect(warnings[0].contains("4 of 5 values of 'price' look like numbers"))
    #expect(warnings[0].contains("--decimal comma with --type price=float"))
    #expect(warnings[1].contains("--type ok=bool"))
    let told = try self.table("id\tok\n1\ty\n2\tn\n3\t1\n") { $0.types = ["ok": .bool] }
    #expect(told.columns[0] == [.bool(true), .bool(false), .bool(true)])
  }

  @Test func adviceMakesTheColumnWhatItLooksLike() throws {
    let absent = try table("id\tprice\n1\t1.5\n2\tNULL\n3\t2.5\n")
    #expect(
      absent.reading?.warnings.first?.contains("--type price=float makes it numbers, and 'null' and others") == true)
    let numbers = try table("id\tprice\n1\t1.5\n2\tNULL\n3\t2.5\n") { $0.types = ["price": .float] }
    #expect(numbers.columns[0] == [.float(1.5), nil, .float(2.5)])
    let grouped = try table("id,price\n1,\"1,500.00\"\n2,\"2,500.50\"\n")
    #expect(grouped.reading?.warnings.first?.contains("--decimal point with --type price=float") == true)
    let told = try table("id,price\n1,\"1,500.00\"\n") {
      $0.format.decimal = .point
      $0.types = ["price": .float]
    }
    #expect(told.columns[0] == [.float(1500)])
    let wrong = try table("id,price\n1,\"1,5\"\n") { $0.types = ["price": .float] }
    #expect(wrong.faults.entries.keys.first?.text.contains("--decimal") == true)
    #expect(
      try log("user,item\nNULL,a\nnan,b\n").readings.first?.warnings.contains { $0.hasPrefix("2 of 2 events") } == true)
  }

  @Test func quotedHeaderSaysThatFieldsAreQuoted() throws {
    let log = try log("\"user\"\t\"item\"\n\"u1\"\t\" i 1 \"\n")
    #expect(log.userNames.names == ["u1"] && log.itemNames.names == [" i 1 "])
    for line in ["SEP=;", "\"sep=;\""] {
      #expect(try self.log("\(line)\nuser;item\na;b\n").userNames.names == ["a"])
    }
  }

  @Test func blanksOfJSONAreOfTheText() throws {
    let log = try log("{\"user\":\" a\",\"item\":\"x\"}\n{\"user\":\"a\",\"item\":\"x\",\"user\":\"b\"}\n")
    #expect(log.userNames.names == [" a"])
    #expect(log.faults.entries.keys.map(\.reason) == [.repeatedKey])
  }

  @Test func columnsThatDifferInCaseAreBothRefused() throws {
    for header in ["User,item,user", "user_id,item,USER-ID", "user,item,Item"] {
      let error = #expect(throws: DataError.self) { _ = try log("\(header)\na,b,c\n") }
      #expect(error?.kind == .column && error?.message.hasSuffix("may both be meant") == true)
    }
    for text in [
      "ID,id,price\n1,2,3\n", "asin,parent_asin\n1,2\n", "{\"Id\":1,\"ID\":2}\n", "{\"sku\":1,\"item\":2}\n",
    ] {
      let error = #expect(throws: DataError.self) { _ = try table(text) }
      #expect(error?.kind == .column && error?.advice == "choose one with --item-id", "\(text)")
    }
    // What the rows are decides among usual names.
    let users = try table("item,user_id\na,1\n") { $0.role = .user }
    #expect(users.ids == ["1"] && users.definitions.map(\.name) == ["item"])
  }

  @Test(arguments: [
    "{\"price\":2,\"colour\":\"x\"}", "{\"id\":\"a\",\"colour\":\"x\"}", "{\"id\":{},\"colour\":[[1]]}",
  ])
  func keyOfRowsThatAreNotKeptIsNoAttribute(row: String) throws {
    let table = try table("{\"id\":\"a\",\"price\":1}\n\(row)\n")
    #expect(table.ids == ["a"] && table.definitions.map(\.name) == ["price"])
    #expect(table.reading?.unused == ["colour"])
  }

  @Test func blanksAroundQuotesAreNotOfTheField() throws {
    let log = try log("user,item\nu1, \"i,1\" \n \"u2\",i2\n\"u3\"  ,\"i\"\"3\"\nu5,i5\"x\n")
    #expect(log.itemNames.names == ["i,1", "i2", "i\"3", "i5\"x"])
    #expect(log.userNames.names == ["u1", "u2", "u3", "u5"])
  }

  @Test func nestedFieldIsPassedOver() throws {
    let text = """
      {"user":"a","item":"x","style":{"Size:":" Large","deep":[{"a":[1,null]}]},"pairs":[[1,2],[3]]}
      {"user":"b","item":"y","help":[2,3],"style":null}
      """
    #expect(try log(text).count == 2)
    let table = try table(text.replacing("\"user\"", with: "\"id\""))
    #expect(table.definitions.map(\.name) == ["item", "help"])
    #expect(table.reading?.warnings.contains { $0.contains("'style', 'pairs' has objects") } == true)
    // One that was asked for is told by what it is, and what is no JSON stays none.
    let asked = try log("{\"user\":{\"id\":1},\"item\":\"x\"}\n{\"user\":\"b\",\"item\":\"y\",\"s\":{\"a\":}}\n" + text)
    #expect(asked.faults.entries.keys.map(\.reason).sorted { $0.rawValue < $1.rawValue } == [.nested, .notJSON])
    let deep = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
    #expect(throws: DataError.self) { _ = try log("{\"user\":\"a\",\"item\":\"x\",\"s\":\(deep)}\n") }
  }

  @Test func whatEachColumnIsIsTold() throws {
    let log = try log(
      "t_dat,customer_id,article_id,price\n2018-09-20,c1,0600000001,0.05\n2018-09-21,c1,0500000002,0.03\n")
    let reading = try #require(log.readings.first)
    #expect(reading.columns.map(\.meaning) == ["user", "item", "time"])
    #expect(reading.columns.map(\.name) == ["customer_id", "article_id", ""])
    #expect(reading.unused == ["t_dat", "price"])
    #expect(reading.warnings == ["'t_dat' looks like times: --columns time=t_dat makes it the clock"])
    #expect(!log.hasClock)
    let choice = try ColumnChoice(["time=at"])
    let clocked = try self.log("user,item,at\na,b,2018-09-20\n") { $0.columns = choice }
    #expect(clocked.readings.first?.columns.last?.reason == "as told")
    #expect(
      clocked.readings.first?.facts.first == "times: dates with the year first, UTC; the first is 2018-09-20T00:00:00Z")
  }

  @Test func idsThatProgramsMadeFloatsAreTold() throws {
    #expect(
      try log("user,item\n1,1.0\n2,2\n").readings.first?.warnings.first?.hasPrefix("1 of 2 ids end in .0") == true)
    #expect(try table("id,a\n1.0,x\n").reading?.warnings.first?.hasPrefix("1 of 1 ids end in .0") == true)
    #expect(
      try log("user,item\na.0,v1.0\n").readings.first?.warnings.contains { $0.contains("ids end in .0") } == false)
  }

  @Test func rowsThatMeetNoOtherTableAreCounted() throws {
    let source = DataSource(
      log: try log("user,item\na,1\nb,2\n"), items: try table("id,brand\n1.0,x\n2.0,y\n"),
      users: try table("id,age\na,30\nz,31\n"))
    let (items, users) = (source.readings[1], source.readings[2])
    #expect(items.rows == 2 && items.met == 0 && users.rows == 2 && users.met == 1)
    #expect(items.warnings.contains { $0.hasPrefix("no row meets an event of the log") })
    #expect(!users.warnings.contains { $0.hasPrefix("no row") })
    let cleaning = Cleaning(source.log, CleaningRules())
    let data = try DataSet(source.log, cleaning, items: source.items, users: source.users)
    let failed = Validation(data, report: nil, tables: source.readings, test: []).checks.filter { !$0.passed }
    #expect(failed.contains { $0.name == "rows of file.csv" && $0.detail.hasPrefix("0 of 2 meet") })
    #expect(failed.contains { $0.name == "user table" })
  }

  @Test func lineOfExcelSaysTheDelimiter() throws {
    let log = try log("sep=;\nuser;item\na;b,c\n")
    #expect(log.itemNames.names == ["b,c"])
    #expect(log.readings.first?.form == "a table divided by ';', as its line 'sep=' says")
    #expect(log.lines == [3])
    #expect(throws: DataError.self) { _ = try self.log("sep=#\nuser#item\n") }
  }

  @Test(arguments: [
    ("user,item\ra,b\rc,d", "CR alone"), ("[{\"user\":1}]", "one JSON array"),
    ("\n  \n [{\"user\":1}]", "one JSON array"),
    ("[\"u\",\"i\"]\n[\"v\",\"j\"]\n", "JSON arrays"), ("{\n\"user\":1}", "several lines"),
    ("PK\u{3}\u{4}" + String(repeating: "\u{0}", count: 30), "zip"), ("PAR1\u{15}\u{4}", "Parquet"),
  ]) func otherFormIsNamed(text: String, word: String) throws {
    let error = #expect(throws: DataError.self) { _ = try log(text) }
    #expect(error?.message.contains(word) == true, "\(String(describing: error))")
    #expect(error?.advice.isEmpty == false)
  }

  @Test func membersOfGzipAndZerosBehindThemAreOneFile() throws {
    let first = gzip(Array("user,item\na,b\n".utf8))
    let second = gzip(Array("c,d\n".utf8))
    let zeros = [UInt8](repeating: 0, count: 512)
    for bytes in [first + second, first + zeros + second, first + second + zeros] {
      let log = try EventLog(InputFile(name: "x.csv.gz", pieces: bytes.map { [$0] }))
      #expect(log.itemNames.names == ["b", "d"])
      #expect(log.readings.first?.form.hasPrefix("gzip of a table") == true)
    }
    #expect(throws: DataError.self) { _ = try EventLog(InputFile(name: "x.gz", pieces: [first + [0, 1]])) }
  }

  @Test func readingIsOfTheDataSet() throws {
    let source = DataSource(log: try log("user,item\na,1\nb,2\n"), items: try table("id,zip\n1,001\n"))
    let data = try DataSet(source.log, Cleaning(source.log, CleaningRules()), items: source.items)
    let summary = try #require(data.files(nil, tables: source.readings).last)
    let read = try DataSetJSON.decode(DataSet.Summary.self, summary.bytes, "dataset.json")
    #expect(read.tables == source.readings)
    #expect(read.counting(events: 1, users: 1).tables == source.readings)
  }
}
