import Support
import Testing
import Vocabulary

@testable import DataSets

struct EventReaderTests {
  @Test func severalFilesAreOneLogAndLinesAreCountedThroughAll() throws {
    let files = try [
      InputFile(name: "a.tsv", pieces: [Array("user\titem\ttime\nu\ti\t100\nu\tj\n".utf8)]),
      InputFile(name: "b.csv", pieces: [Array("item,user,time\nk,v,1970-01-02\nk,,5\n".utf8)]),
    ]
    let log = try EventLog(files)
    #expect(log.name == "a.tsv, b.csv" && log.count == 2 && log.rowsRead == 4 && log.hasClock)
    #expect(log.times == [100_000, 86_400_000] && log.lines == [2, 5])
    #expect(log.faults.entries[RowFault(.missing, "user")]?.lines == [6])
    #expect(log.readings.map(\.file) == ["a.tsv", "b.csv"] && log.readings.map(\.rows) == [1, 1])
    #expect(log.readings[1].facts.contains { $0.contains("from 4") })
    let empty = try InputFile(name: "c.csv", pieces: [Array("item,user,time\n,v,5\n".utf8)])
    let again = try InputFile(name: "a.tsv", pieces: [Array("user\titem\ttime\nu\ti\t100\n".utf8)])
    let error = #expect(throws: DataError.self) { try EventLog([again, empty]) }
    #expect(error?.file == "c.csv" && error?.kind == .noRows)
  }

  @Test func codesOfEventsAreMappedAndCounted() throws {
    let text = "user,item,event\nu,1,pv\nu,2,4\nu,3,4\nu,4,fav\nu,5,7\n"
    func log(_ map: [ExactText: EventKind]) throws -> EventLog {
      var options = EventReader.Options()
      options.eventMap = map
      return try EventLog(InputFile(name: "log", pieces: [Array(text.utf8)]), options)
    }
    let mapped = try log(["4".exact: .purchase, "fav".exact: .cart, "9".exact: .click])
    #expect(mapped.kinds == [.view, .purchase, .purchase, .cart])
    #expect(
      mapped.readings[0].facts.contains(
        "events: '4' as purchase in 2 rows, 'fav' as cart in 1 rows, 'pv' as view in 1 rows"))
    #expect(mapped.readings[0].warnings.contains { $0.contains("'7' in 1 rows") && $0.contains("--event-map") })
    #expect(mapped.readings[0].warnings.contains { $0.contains("'9', which no row has") })
    #expect(try log([:]).faults.entries[RowFault(.unknownEvent, "event")]?.count == 4)
  }

  private struct Read {
    var events: [Event] = []
    var faults = Tally<RowFault>()
  }

  private static func file(_ text: String, name: String = "log") throws -> InputFile {
    try InputFile(name: name, pieces: [Array(text.utf8)])
  }

  private static func read(_ file: InputFile, _ options: EventReader.Options = .init()) throws -> Read {
    var reader = try EventReader(file, options)
    var read = Read()
    var faults = Tally<RowFault>()
    while let event = try reader.next({ faults.add($0, line: $1) }) { read.events.append(event) }
    read.faults = faults
    return read
  }

  private static func options(_ columns: [String], _ change: (inout EventReader.Options) -> Void = { _ in }) throws
    -> EventReader.Options
  {
    var options = EventReader.Options()
    options.columns = try ColumnChoice(columns)
    change(&options)
    return options
  }

  private static func error(_ body: () throws -> some Any) -> DataError? {
    do { _ = try body() } catch { return error as? DataError }
    return nil
  }

  private static let expected = [
    Event(user: "ann", item: "a,1", kind: .view, value: 1, time: 1_500_000_000_000, line: 2),
    Event(user: "bob", item: "b", kind: .purchase, value: 2.5, time: 1_500_000_060_000, line: 3),
  ]

  @Test(arguments: [
    "user\titem\tevent\tvalue\ttime\nann\ta,1\tview\t1\t1500000000\nbob\tb\tpurchase\t2.5\t1500000060\n",
    "time,event,item,value,user\n1500000000,view,\"a,1\",1,ann\n1500000060,purchase,b,2.5,bob",
    "Timestamp;Action;Item_ID;Quantity;Customer_ID\r\n1500000000000;View;a,1;;ann\r\n1500000060000;buy;b;2.5;bob\r\n",
    "user::item::event::value::time\nann::a,1::view::1::2017-07-14T02:40:00Z\nbob::b::order::2.5::2017-07-14 02:41",
    "user|item|event|value|time\nann|a,1|view|1|1500000000.0\nbob|b|purchase|2.5|1500000060.0\n",
  ]) func anyTableGivesTheSameEvents(text: String) throws {
    let read = try Self.read(Self.file(text))
    #expect(read.events == Self.expected)
    #expect(read.faults.total == 0)
  }

  @Test func jsonLinesGiveTheSameEvents() throws {
    let text = """
      {"user": "ann", "item": "a\\u002c1", "event": "view", "time": 1500000000}
      {"time": 1500000060, "colours": ["red", "blue"], "value": 2.5, "item": "b", "user": "bob", "event": "purchase"}
      """
    var expected = Self.expected
    for index in expected.indices { expected[index].line = index + 1 }
    #expect(try Self.read(Self.file(text)).events == expected)
  }

  @Test(arguments: [1, 3, 17, 1000]) func piecesAndGzipChangeNothing(piece: Int) throws {
    let text = "user,item,note\n" + (0..<40).map { "u\($0),i\($0 % 7),\"two\nlines\"\n" }.joined()
    let bytes = Array(text.utf8)
    let whole = try Self.read(InputFile(name: "log", pieces: [bytes])).events
    #expect(whole.count == 40)
    for data in [bytes, gzip(bytes)] {
      let pieces = stride(from: 0, to: data.count, by: piece).map { Array(data[$0..<min($0 + piece, data.count)]) }
      #expect(try Self.read(InputFile(name: "log", pieces: pieces)).events == whole)
    }
  }

  @Test func columnsWithoutHeaderAreNamed() throws {
    let read = try Self.read(
      Self.file("7\tx\t5\t881250949\n8\ty\t3\t891717742\n"), Self.options(["user", "item", "value", "time"]))
    #expect(read.events.map(\.user) == ["7", "8"])
    #expect(read.events.map(\.kind) == [.rating, .rating])
    #expect(read.events.map(\.value) == [5, 3])
  }

  @Test func columnsOfTheHeaderAreChosen() throws {
    let text = "household,product,week,at\n1,x,9,1500000000\n"
    let read = try Self.read(Self.file(text), Self.options(["user=household", "item=product", "time=at"]))
    #expect(read.events == [Event(user: "1", item: "x", kind: .click, value: 1, time: 1_500_000_000_000, line: 2)])
  }

  @Test func badRowsAreCountedByReasonWithTheirLines() throws {
    let long = String(repeating: "x", count: 300)
    let rows = [
      "ann,a,1,100", "ann,a,nan,100", "ann,a,inf,100", "ann,a,1e999,100", "ann,a,five,100", "ann,a,1,soon",
      "ann,a,1,2026-02-30", ",a,1,100", "\(long),a,1,100", "ann,a,1", "ann,a,1,100,7", "ann,\"a\"b,1,100",
      "ann,\"a,1,100", "ann,a\u{1},1,100", "bob,b,1,100",
    ]
    let read = try Self.read(Self.file("user,item,value,time\n" + rows.joined(separator: "\n") + "\n"))
    #expect(read.events.map(\.line) == [2, 16])
    #expect(
      read.faults.entries == [
        RowFault(.notFinite, "value"): .init(count: 3, lines: [3, 4, 5]),
        RowFault(.notNumber, "value"): .init(count: 1, lines: [6]),
        RowFault(.notTime, "time"): .init(count: 2, lines: [7, 8]),
        RowFault(.missing, "user"): .init(count: 1, lines: [9]),
        RowFault(.tooLong, "user"): .init(count: 1, lines: [10]),
        RowFault(.fieldCount): .init(count: 2, lines: [11, 12]),
        RowFault(.quote): .init(count: 2, lines: [13, 14]),
        RowFault(.controlCharacter, "item"): .init(count: 1, lines: [15]),
      ])
  }

  @Test func badJSONLinesAreCounted() throws {
    let text = """
      {"user": "a", "item": "x", "value": 1}
      {"user": "a", "item": "x", "value": NaN}
      {"user": "a", "item": {"id": 1}}
      {"user": "a", "item": "x"
      {"user": "a", "user": "b", "item": "x"}
      {"user": "\\ud800", "item": "x"}
      {"item": "x"}
      not JSON
      """
    let read = try Self.read(Self.file(text))
    #expect(read.events.count == 1)
    #expect(
      read.faults.entries == [
        RowFault(.notFinite, "value"): .init(count: 1, lines: [2]),
        RowFault(.nested, "item"): .init(count: 1, lines: [3]),
        RowFault(.notJSON): .init(count: 3, lines: [4, 6, 8]),
        RowFault(.repeatedKey): .init(count: 1, lines: [5]),
        RowFault(.missing, "user"): .init(count: 1, lines: [7]),
      ])
  }

  @Test func invalidUTF8IsCountedAndLatin1IsRead() throws {
    let bytes = Array("user,item\ncaf".utf8) + [0xE9] + Array(",x\nann,y\n".utf8)
    let read = try Self.read(InputFile(name: "log", pieces: [bytes]))
    #expect(read.events.map(\.item) == ["y"])
    #expect(read.faults.entries == [RowFault(.notUTF8, "user"): .init(count: 1, lines: [2])])
    var options = EventReader.Options()
    options.format.encoding = .latin1
    #expect(try Self.read(InputFile(name: "log", pieces: [bytes]), options).events.map(\.user) == ["café", "ann"])
  }

  @Test func hugeLineIsPassedOverInLittleMemory() throws {
    // 128 pieces of 256 KiB that are one array: 32 MiB in one line, of which none is kept.
    let piece = [UInt8](repeating: 0x78, count: 1 << 18)
    let head = Array("user,item\nann,a\n".utf8)
    let file = try InputFile(
      name: "log", pieces: [head] + Array(repeating: piece, count: 128) + [Array("\nbob,b\n".utf8)])
    let read = try Self.read(file)
    #expect(read.events.map(\.line) == [2, 4])
    #expect(read.faults.entries == [RowFault(.lineTooLong): .init(count: 1, lines: [3])])
  }

  @Test func zippedHugeLineIsPassedOver() throws {
    let bytes = Array("user,item\nann,a\n".utf8) + [UInt8](repeating: 0x78, count: 3 << 20) + Array("\nbob,b\n".utf8)
    #expect(try Self.read(InputFile(name: "log.gz", pieces: [gzip(bytes)])).events.map(\.line) == [2, 4])
  }

  @Test func openQuoteCostsOneRowAndNoMore() throws {
    let rows = (0..<100_000).map { "u\($0),i\($0)\n" }.joined()
    let read = try Self.read(Self.file("user,item\nann,\"open\n" + rows))
    #expect(read.events.count == 100_000)
    #expect(read.faults.entries == [RowFault(.quote): .init(count: 1, lines: [2])])
  }

  @Test(arguments: [
    ("", DataError.Kind.empty), ("\n\n", .empty), ("one\ntwo\nthree\n", .delimiter),
    ("7\tx\t5\t881250949\n", .header), ("shop,price\n1,2\n", .header), ("user,user,item\na,b,c\n", .header),
    ("user,item,date,timestamp\n1,2,3,4\n", .column), ("user,item\n\0,a\n", .encoding),
  ]) func wrongFileIsAnError(text: String, kind: DataError.Kind) throws {
    let error = try #require(Self.error { try Self.read(Self.file(text, name: "events.csv")) })
    #expect(error.kind == kind)
    #expect(error.description.hasPrefix("events.csv"))
    #expect(!error.advice.isEmpty)
  }

  @Test func hugeFirstLineIsAnError() throws {
    let piece = [UInt8](repeating: 0x78, count: 1 << 18)
    let file = try InputFile(name: "log.json", pieces: Array(repeating: piece, count: 64))
    #expect(Self.error { try Self.read(file) }?.kind == .lineTooLong)
  }

  @Test func utf16IsNamed() throws {
    let bytes: [UInt8] = [0xFF, 0xFE, 0x75, 0, 0x73, 0, 0x0A, 0]
    #expect(Self.error { try Self.read(InputFile(name: "log", pieces: [bytes])) }?.kind == .encoding)
  }

  @Test func wrongDelimiterIsAnError() throws {
    let options = try Self.options(["user=user", "item=item"]) { $0.format.delimiter = .semicolon }
    #expect(Self.error { try Self.read(Self.file("user,item\na,b\n"), options) }?.kind == .column)
  }

  @Test func headerDespiteColumnsIsAnError() throws {
    let options = try Self.options(["user", "item"])
    #expect(Self.error { try Self.read(Self.file("user,item\na,b\n"), options) }?.kind == .header)
  }

  @Test func truncatedGzipIsAnErrorAndNothingBehindItIsRead() throws {
    let whole = gzip(Array(("user,item\n" + (0..<5000).map { "u\($0 * 7919 % 4001),i\($0)\n" }.joined()).utf8))
    for count in [whole.count - 1, whole.count / 2, 12, 3] {
      let error = Self.error { try Self.read(InputFile(name: "log.gz", pieces: [Array(whole.prefix(count))])) }
      #expect(error?.kind == .gzip)
      #expect(error?.message == "the gzip data end in the middle")
    }
    #expect(Self.error { try Self.file("user,item\n", name: "log.gz") }?.kind == .gzip)
  }

  @Test func missingFileIsNamed() {
    #expect(Self.error { try InputFile("/nowhere/log.tsv") }?.kind == .unreadable)
  }

  @Test(arguments: [
    (["user"], "names no column item, or two"), (["user", "item", "item"], "names no column item, or two"),
    (
      ["user", "item", "price"],
      "'price' is none of user, item, event, value, time, device, query_category, query, place and -"
    ),
    (["user", "item=x"], "either names all columns in their order, or gives columns of the header as user=NAME"),
    (
      ["shop=x"],
      "'shop=x' is none of user=, item=, event=, value=, time=, device=, query_category=, query=, place= with a column of the header"
    ),
  ]) func choiceOfColumnsIsChecked(parts: [String], message: String) {
    #expect(throws: ColumnChoice.ChoiceError(message)) { try ColumnChoice(parts) }
  }
}
