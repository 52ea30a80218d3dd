import Bytes
import Names
import Ranking
import Storage
import Support
import Testing
import Vocabulary

@testable import DataSets

struct DataSetTests {
  private static let logText = """
    user,item,event,value,time
    ann,x,click,1,1500000000
    bob,y,purchase,2,1500000100
    ann,y,rating,4.5,1500000200
    bob,7,view,1,1500000300
    """

  private static let itemText = #"""
    id,title,price,tags
    x,"Lamp ""blue""",10.5,a|b
    z,Chair,20,
    7,Rug,,c
    """#

  private static func log(_ text: String = logText) throws -> EventLog {
    try EventLog(InputFile(name: "log", pieces: [Array(text.utf8)]))
  }

  @Test func wordsThatFewUsersHaveBecomeOther() throws {
    let text = """
      user,item,time,device
      a,x,1500000001,tv
      a,y,1500000002,tv
      b,x,1500000003,phone
      c,x,1500000004,phone
      d,y,1500000005,

      """
    let log = try Self.log(text)
    let columns: [[AttributeValue?]] = [
      [.keyword("ulm"), .keyword("ulm"), .keyword("bonn"), nil],
      [.keywordSet(["x", "y"]), .keywordSet(["y", "other", "z"]), .keywordSet(["y", "x"]), .keywordSet(["w"])],
      [.text("alone"), .text("both"), .text("both"), nil], [.int(1), .int(2), nil, .int(3)],
    ]
    let types: [AttributeType] = [.keyword, .keywordSet, .text, .int]
    let users = EntityTable(
      ids: ["a", "b", "c", "d"],
      definitions: zip(["city", "tags", "note", "age"], types).map { AttributeDefinition(name: $0, type: $1) },
      columns: columns)
    let data = try DataSet(log, Cleaning(log, CleaningRules()), users: users)
    let common = data.withoutRareWords(leastUsers: 2)
    // Two events of one user are one user.
    #expect(common.words[.device]?.map { $0?.text } == ["other", "other", "phone", "phone", nil])
    #expect(common.userColumns[0] == [.keyword("ulm"), .keyword("ulm"), .keyword("other"), nil])
    #expect(
      common.userColumns[1] == [
        .keywordSet(["x", "y"]), .keywordSet(["y", "other"]), .keywordSet(["y", "x"]), .keywordSet(["other"]),
      ])
    #expect(common.userColumns[2] == [nil, .text("both"), .text("both"), nil])
    #expect(common.userColumns[3] == data.userColumns[3])
    let same = data.withoutRareWords(leastUsers: 1)
    #expect(same.userColumns == data.userColumns && same.words == data.words)
  }

  private static func items() throws -> EntityTable {
    var options = EntityTable.Options()
    options.types = ["tags": .keywordSet]
    return try EntityTable(InputFile(name: "items", pieces: [Array(itemText.utf8)]), options)
  }

  private static func data(_ text: String = logText, after old: DataSet? = nil, _ key: Pseudonyms? = nil) throws
    -> (DataSet, CleaningReport)
  {
    let log = try log(text)
    let cleaning = Cleaning(log, CleaningRules())
    let users = EntityTable(
      ids: ["bob", "nobody"], definitions: [AttributeDefinition(name: "age", type: .int)],
      columns: [[.int(30), .int(5)]])
    return (
      try DataSet(
        log, cleaning, items: items(), users: users,
        userDictionary: old?.users ?? IDDictionary("users.dict", pseudonyms: key),
        itemDictionary: old?.items ?? IDDictionary("items.dict"), pseudonyms: key),
      CleaningReport(log, cleaning, weights: EventWeights())
    )
  }

  private static func write(_ files: [(name: String, bytes: [UInt8])], to directory: TemporaryDirectory) throws {
    for file in files { try RealDisk().replace("\(directory.path)/\(file.name)", with: file.bytes) }
  }

  @Test func whatALogSaysOfMomentsIsKept() throws {
    let (data, _) = try Self.data(
      #"""
      user,item,event,search_category,time,device_type
      ann,x,click,"a ""lamp"", warm",1500000000,phone
      bob,y,view,,1500000100,
      ann,y,cart,rugs,1500000200,TV
      """#)
    #expect(data.words == [.device: ["phone", nil, "TV"], .queryCategory: [#"a "lamp", warm"#, nil, "rugs"]])
    let directory = TemporaryDirectory()
    try Self.write(data.files(nil), to: directory)
    #expect(try DataSet.read(directory.path, on: RealDisk()).data.words == data.words)
    let (silent, _) = try Self.data()
    #expect(silent.words.isEmpty)
  }

  @Test func aWordOfAMomentHasLimits() throws {
    let rows = [
      "a,x,\(String(repeating: "p", count: 255))", "a,x,\(String(repeating: "p", count: 256))", "a,y,a\u{7}b",
    ]
    let log = try Self.log("user,item,device\n" + rows.joined(separator: "\n"))
    #expect(log.count == 1 && log.faults.total == 2)
    #expect(Set(log.faults.entries.keys.map(\.field)) == ["device"])
  }

  @Test func searchesOfALogAreKeptAsTyped() throws {
    let text = #"""
      user,item,event,time,query,place
      ann,x,click,1500000000," 3/4"" Rohr, heiß ",1
      bob,y,view,1500000100,,0
      ann,y,cart,1500000200,red boots,65535
      ann,y,cart,1500000200,Red boots,
      """#
    let (data, report) = try Self.data(text)
    #expect((0..<4).map(data.searches.text) == [#"3/4" Rohr, heiß"#, nil, "red boots", "Red boots"])
    #expect((0..<4).map(data.searches.place) == [1, nil, 65535, nil])
    #expect(report.rowsKept == 4, "events of two searches are no duplicates")
    let directory = TemporaryDirectory()
    try Self.write(data.files(report), to: directory)
    let read = try DataSet.read(directory.path, on: RealDisk()).data
    #expect((0..<4).map(read.searches.text) == (0..<4).map(data.searches.text))
    #expect((0..<4).map(read.searches.place) == (0..<4).map(data.searches.place))
    #expect(read.searches.queries.names == data.searches.queries.names)
    let some = data.filter { $0 != 0 }
    #expect((0..<3).map(some.searches.text) == [nil, "red boots", "Red boots"] && some.searches.queries.count == 2)
    let joined = try Self.data().0.adding(data)
    #expect((0..<8).map(joined.searches.query) == [nil, nil, nil, nil, 0, nil, 1, 2])
    #expect((0..<9).map(joined.searches.place) == [nil, nil, nil, nil, 1, nil, 65535, nil, nil])
  }

  @Test func onlyALogWithSearchesNeedsTheNewVersion() throws {
    func files(_ text: String) throws -> [String] {
      let (data, report) = try Self.data(text)
      return data.files(report).map { String(decoding: $0.bytes, as: UTF8.self) }
    }
    let silent = try files("user,item,query,place\nann,x,,\nbob,y,,0\n")
    #expect(silent[0].hasPrefix("user\titem\tevent\tvalue\ttime\n"))
    #expect(silent.last?.contains("\"version\" : 1") == true)
    let (data, report) = try Self.data("user,item,query\nann,x,boots\nbob,y,\n")
    var written = data.files(report)
    let summary = written.removeLast()
    #expect(String(decoding: written[0].bytes, as: UTF8.self).contains("\ttime\tquery\tplace\n"))
    for (version, isRead) in [(1, false), (2, true), (3, false)] {
      let text = String(decoding: summary.bytes, as: UTF8.self)
      let other = text.replacing("\"version\" : 2", with: "\"version\" : \(version)")
      let directory = TemporaryDirectory()
      try Self.write(written + [("dataset.json", Array(other.utf8))], to: directory)
      let read = try? DataSet.read(directory.path, on: RealDisk())
      #expect((read != nil) == isRead, "version \(version)")
    }
  }

  @Test func aSearchHasLimits() throws {
    let long = String(repeating: "p", count: 1024)
    let rows = [
      "a,x,\(long),1", "a,x,\(long)p,1", "a,x,a\u{7}b,1", "a,x,a,65536", "a,x,b,-1", "a,x,c,first", "a,x,d,1.5",
    ]
    let log = try Self.log("user,item,query,place\n" + rows.joined(separator: "\n"))
    #expect(log.count == 1 && log.faults.total == 6)
    #expect(log.faults.entries[RowFault(.queryTooLong, "query")]?.lines == [3])
    #expect(log.faults.entries[RowFault(.controlCharacter, "query")]?.lines == [4])
    #expect(log.faults.entries[RowFault(.notPlace, "place")]?.lines == [5, 6, 7, 8])
    let bytes = Array("user,item,query\na,x,".utf8) + [0xFF] + Array("\na,y,ok\n".utf8)
    let broken = try EventLog(InputFile(name: "log", pieces: [bytes]))
    #expect(broken.count == 1 && broken.faults.entries[RowFault(.notUTF8, "query")]?.lines == [2])
  }

  @Test func eventsAndAttributesStandByPosition() throws {
    let (data, _) = try Self.data()
    #expect(data.interactions.users == [0, 1, 0, 1])
    #expect(data.interactions.items == [0, 1, 1, 2])
    #expect(data.interactions.weights == [2, 8, 1, 1])
    #expect(data.interactions.itemCount == 4)
    #expect(data.items.names == ["x", "y", "7", "z"])
    #expect(data.catalogue.columns[1] == [.float(10.5), nil, nil, .float(20)])
    #expect(data.userColumns == [[nil, .int(30)]])
    #expect(data.users.count == 2)
  }

  @Test func filesGiveBackTheData() throws {
    let (data, report) = try Self.data()
    let test = [
      TestCase(user: 1, relevant: [0], others: [1, 3]), TestCase(user: 0, relevant: [3]),
    ]
    let directory = TemporaryDirectory()
    try Self.write(data.files(report, test: test), to: directory)
    let read = try DataSet.read(directory.path, on: RealDisk())
    #expect(read.data.interactions == data.interactions)
    #expect(read.data.kinds == data.kinds)
    #expect(read.data.values == data.values)
    #expect(read.data.items.ids == data.items.ids)
    #expect(read.data.users.names == data.users.names)
    #expect(read.data.catalogue.definitions == data.catalogue.definitions)
    #expect(read.data.catalogue.columns == data.catalogue.columns)
    #expect(read.data.userColumns == data.userColumns)
    #expect(read.summary.cleaning == report)
    #expect(read.test == test)
    #expect(data.files(report).map(\.bytes) == (try Self.data()).0.files(report).map(\.bytes))
  }

  @Test func damagedDirectoryIsAnError() throws {
    let (data, report) = try Self.data()
    for (name, bytes) in [
      ("interactions.tsv", "user\titem\tevent\tvalue\ttime\n5\t7\tview\t1\t1\n"),
      ("interactions.tsv", "user\titem\tevent\tvalue\ttime\n"), ("users.dict", "WNWDICT1"), ("dataset.json", "{}"),
      ("items.jsonl", "{\"id\":8}\n"), ("interactions.tsv", ""),
    ] {
      let directory = TemporaryDirectory()
      try Self.write(data.files(report), to: directory)
      try Self.write([(name, Array(bytes.utf8))], to: directory)
      let error = #expect(throws: DataError.self) { try DataSet.read(directory.path, on: RealDisk()) }
      #expect(error?.file == "\(directory.path)/\(name)" || error?.file == "\(directory.path)/dataset.json")
    }
  }

  @Test("Files of two imports are refused, and so is a file that says two things")
  func filesThatDoNotBelongTogether() throws {
    let (data, report) = try Self.data()
    func complaint(_ name: String, _ change: ([String]) -> [String]) throws -> DataError? {
      let directory = TemporaryDirectory()
      let files = data.files(report)
      try Self.write(files, to: directory)
      let bytes = try #require(files.first { $0.name == name }?.bytes)
      let lines = change(String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init))
      try Self.write([(name, Array(lines.map { $0 + "\n" }.joined().utf8))], to: directory)
      do {
        _ = try DataSet.read(directory.path, on: RealDisk())
        return nil
      } catch { return error }
    }
    #expect(try complaint("items.jsonl") { $0 } == nil)
    #expect(try complaint("items.jsonl") { $0.dropLast() }?.kind == .conflict)
    #expect(try complaint("items.jsonl") { [$0[1], $0[0]] + $0.dropFirst(2) }?.line == 1)
    #expect(try complaint("items.jsonl") { $0.dropLast() + ["{\"id\":"] }?.kind == .malformed)
    #expect(try complaint("users.jsonl") { $0.dropLast() }?.kind == .conflict)
    let twice = try #require(try complaint("dataset.json") { ["{", "\"clock\": false,"] + $0.dropFirst() })
    #expect(twice.message.contains("a key stands twice") && twice.field == "clock" && twice.line != nil)
    let comma = try #require(try complaint("dataset.json") { $0.dropLast() + [",}"] })
    #expect(comma.message.contains("a comma behind the last value"))
    let typed = try #require(
      try complaint("dataset.json") { $0.map { $0.replacing("\"events\" : 4", with: "\"events\" : \"4\"") } })
    #expect(typed.field == "events" && typed.message.contains("a whole number"))
  }

  @Test func newLogGoesOnWithTheNumbers() throws {
    let (old, _) = try Self.data()
    let (new, _) = try Self.data("user,item,time\ncid,y,1600000000\nann,w,1600000001\n", after: old)
    #expect(Array(new.users.ids.prefix(2)) == old.users.ids)
    #expect(Array(new.items.ids.prefix(4)) == old.items.ids)
    #expect(new.interactions.users == [2, 0])
    #expect(new.interactions.items == [1, 4])
    #expect(new.interactions.userCount == 3)
  }

  @Test func noRawUserReachesAFile() throws {
    let key = Pseudonyms(key: Array("0123456789abcdef".utf8))
    let (data, report) = try Self.data(Self.logText, after: nil, key)
    for file in data.files(report) {
      let text = String(decoding: file.bytes, as: UTF8.self)
      #expect(!text.contains("ann") && !text.contains("bob"), "\(file.name)")
    }
    #expect(data.userColumns == [[nil, .int(30)]])
  }

  @Test(arguments: [false, true]) func removedUserIsInNoFile(isPseudonymous: Bool) throws {
    let key = isPseudonymous ? Pseudonyms(key: Array("0123456789abcdef".utf8)) : nil
    let (data, report) = try Self.data(Self.logText, after: nil, key)
    let directory = TemporaryDirectory()
    let test = [TestCase(user: 0, relevant: [2]), TestCase(user: 1, relevant: [0])]
    try Self.write(data.files(report, test: test), to: directory)
    var table = SafetensorsWriter()
    table.add("id", data.users.ids)
    table.add("query", [1, 2, 3, 4], shape: [2, 2])
    table.add("fallback.query", [2, 3], shape: [2])
    var checkpoint = SafetensorsWriter()
    try checkpoint.add(table.file(), of: .users, prefix: "users.")
    checkpoint.add("items.id", data.items.ids)
    checkpoint.add("constant", [5, 6], shape: [2])
    try Self.write(
      [("users.safetensors", table.file()), ("checkpoint.safetensors", checkpoint.file())], to: directory)

    let removal = try UserRemoval(of: ["ann", "nobody"], from: directory.path, pseudonyms: key, on: RealDisk())
    #expect(removal.users == 1)
    for file in removal.files { try RealDisk().replace(file.path, with: file.bytes) }
    let read = try DataSet.read(directory.path, on: RealDisk())
    #expect(read.data.users.ids == [data.users.ids[1]])
    #expect(read.data.interactions.users == [0, 0])
    #expect(read.test == [TestCase(user: 0, relevant: [0])])
    #expect(read.data.userColumns == [[.int(30)]])
    let bytes = try #require(try RealDisk().read("\(directory.path)/users.safetensors", limit: 1 << 20))
    let left = try SafetensorsFile(bytes, as: .users)
    #expect(try left.ids("id") == [data.users.ids[1]])
    #expect(try left.floats("query", shape: [1, 2]) == [3, 4])
    #expect(try left.floats("fallback.query", shape: [2]) == [2, 3])
    let parameters = try SafetensorsFile(
      try #require(try RealDisk().read("\(directory.path)/checkpoint.safetensors", limit: 1 << 20)), as: .checkpoint)
    #expect(parameters.part("users.") == bytes)
    #expect(try parameters.ids("items.id") == data.items.ids)
    #expect(try parameters.floats("constant", shape: [2]) == [5, 6])
    #expect(try UserRemoval(of: ["ann"], from: directory.path, pseudonyms: key, on: RealDisk()).files.isEmpty)
  }

  @Test func goodDataPassAndBadOnesFailByName() throws {
    var random = SplitMix64(seed: 3)
    var text = "user,item,value,time\n"
    for user in 0..<40 {
      for order in 0..<6 { text += "u\(user),i\(random.below(60)),\(1 + random.below(5)),\(1_500_000_000 + order)\n" }
    }
    func validation(_ text: String, _ test: [TestCase] = []) throws -> Validation {
      let log = try Self.log(text)
      let cleaning = Cleaning(log, CleaningRules())
      return Validation(
        try DataSet(log, cleaning), report: CleaningReport(log, cleaning, weights: EventWeights()), test: test)
    }
    func failures(_ text: String, _ test: [TestCase] = []) throws -> [String] {
      try validation(text, test).checks.filter { !$0.passed }.map(\.name)
    }
    #expect(try failures(text) == [])
    #expect(try failures(text + "bad\nbad\nbad\nbad\n") == ["rows"])
    #expect(try failures("user,item,value\nann,x,3\n") == ["users", "items", "history"])
    #expect(try failures("user,item,value\na,x,3\na,y,3\na,z,3\nb,x,3\nb,y,3\nb,z,3\n") == ["ratings"])
    let data = try DataSet(Self.log(text), Cleaning(Self.log(text), CleaningRules()))
    let known = data.interactions.items[0]
    #expect(
      try failures(text, [TestCase(user: 0, relevant: [known]), TestCase(user: 0, relevant: [known], others: [known])])
        == ["test leakage", "test negatives", "test pairs"])
  }
}
