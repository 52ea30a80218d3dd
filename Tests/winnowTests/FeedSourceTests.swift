import Arguments
import FoundationEssentials
import Glibc
import JSON
import Support
import Testing
import Vocabulary
import WinnowClient

@testable import winnow

struct FeedSourceTests {
  private static let schema = CollectionSchema(
    embeddingDimension: 2, rerankDimension: 1,
    attributes: [
      AttributeDefinition(name: "price", type: .float), AttributeDefinition(name: "tags", type: .keywordSet),
      AttributeDefinition(name: "count", type: .int), AttributeDefinition(name: "new", type: .bool),
      AttributeDefinition(name: "title", type: .text),
    ])
  private let directory = TemporaryDirectory()

  private func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = "\(directory.path)/\(name)"
    try Data(bytes).write(to: URL(filePath: path))
    return path
  }

  /// The changes of a file, and what is wrong with its other rows, by line.
  private func read(
    _ path: String, vectors: FeedVectors? = nil, isPartial: Bool = false
  ) throws -> (changes: [ItemReader.Change], faults: [Int: String]) {
    let schema = try #require(Self.schema)
    var source = try FeedSource(path, schema: schema)
    let reader = ItemReader(schema: schema, vectors: vectors, isPartial: isPartial)
    var changes: [ItemReader.Change] = []
    var faults: [Int: String] = [:]
    while let row = try source.next() {
      switch row {
      case .fault(let reason): faults[source.line] = reason
      case .fields(let fields, _):
        do throws(ItemReader.Mistake) { changes.append(try reader.change(fields, row: source.rowCount - 1)) } catch {
          faults[source.line] = error.message
        }
      }
    }
    #expect(source.isAtEnd && source.rowCount == changes.count + faults.count)
    return (changes, faults)
  }

  private static let items = [
    Item(
      id: ItemID(7), embedding: [1, 0.5], rerank: [2],
      attributes: [.float(3.5), .keywordSet(["blue", "red"]), .int(-4), .bool(true), .text("Tür, \"rot\"")]),
    Item(id: ItemID(.max), embedding: [0, -1], rerank: [1], attributes: [nil, nil, nil, .bool(false), nil]),
  ]

  private static let json = """
    {"id": 7, "price": 3.5, "tags": ["red", "blue"], "count": -4, "new": true, "title": "T\\u00fcr, \\"rot\\"", "embedding": [1, 0.5], "rerank": [2]}

    {"id": "18446744073709551615", "price": null, "new": false, "embedding": [0, -1], "rerank": [1]}
    """
  private static let tsv =
    "id\tprice\ttags\tcount\tnew\ttitle\tembedding\trerank\n7\t3.5\tred|blue\t-4\ttrue\tTür, \"rot\"\t1 0.5\t2\n\n"
    + "18446744073709551615\t\t\t\t0\t\t0,-1\t1\n"
  private static let csv =
    "id,price,tags,count,new,title,embedding,rerank\r\n7,3.5,red|blue,-4,1,\"Tür, \"\"rot\"\"\",1 0.5,2\r\n"
    + "18446744073709551615,,,,false,,[0 -1],1\r\n"

  @Test(arguments: [json, tsv, csv]) func everyFormSaysTheSame(text: String) throws {
    let bytes = Array(text.utf8)
    for (name, bytes) in [("plain", bytes), ("zipped", gzip(bytes)), ("bom", [0xEF, 0xBB, 0xBF] + bytes)] {
      let read = try read(try file(name, bytes))
      #expect(read.faults.isEmpty)
      let items = read.changes.compactMap { if case .upsert(let item) = $0.change { item } else { nil } }
      #expect(items == Self.items, "\(name)")
    }
  }

  @Test func faultsAreToldByLineAndTheRestIsRead() throws {
    let text = """
      {"id": 1, "embedding": [1, 2], "rerank": [1]}
      {"id": 2, "embedding": [1, 2]
      [3]
      {"id": 4, "count": 1.5}
      {"id": 5, "delete": true, "version": 9}
      """
    let read = try read(try file("faults", Array(text.utf8)))
    #expect(read.changes.map(\.change.id) == [ItemID(1), ItemID(5)])
    #expect(read.changes[1].expecting == .version(9))
    guard case .delete = read.changes[1].change else { throw ItemReader.Mistake(message: "no deletion") }
    #expect(read.faults.keys.sorted() == [2, 3, 4])
    #expect(read.faults[3] == "not an object" && read.faults[4] == "count is not of type int")
    let table = try self.read(try file("table", Array("id\tcount\n1\tmany\n2\t3\t4\n".utf8)), isPartial: true)
    #expect(table.changes.isEmpty && table.faults[2] == "count is not of type int" && table.faults[3] != nil)
  }

  @Test func aPartialRowNamesWhatItChanges() throws {
    let text = """
      {"id": 1, "price": 2, "title": null, "version": 3}
      {"id": 2}
      {"id": 3, "embedding": [1, 2]}
      {"id": 4, "price": 1, "version": 0}
      """
    let read = try read(try file("partial", Array(text.utf8)), isPartial: true)
    let updates = read.changes.compactMap { if case .update(let update) = $0.change { update } else { nil } }
    #expect(
      updates == [
        ItemUpdate(
          id: ItemID(1),
          attributes: [NamedAttribute(name: "price", value: .float(2)), NamedAttribute(name: "title", value: nil)]),
        ItemUpdate(id: ItemID(2), attributes: []),
      ])
    #expect(read.changes.map(\.expecting) == [.version(3), nil])
    #expect(
      read.faults[3] == "a partial update has no vectors" && read.faults[4] == "what is not there cannot be updated")
    let table = try self.read(try file("table", Array("id\tprice\ttitle\n1\t2\t\n".utf8)), isPartial: true)
    guard case .update(let update) = try #require(table.changes.first).change else { return }
    #expect(update.attributes == [NamedAttribute(name: "price", value: .float(2))], "an empty field stays as it is")
  }

  // MARK: .npy

  private func numpy(_ values: [Float], _ rows: Int, _ columns: Int, wide: Bool = false, version: UInt8 = 1) -> [UInt8]
  {
    var header = "{'descr': '<f\(wide ? 8 : 4)', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    header += String(repeating: " ", count: (64 - (10 + header.utf8.count + 1) % 64) % 64) + "\n"
    let length = header.utf8.count
    var bytes = NumpyFile.magic + [version, 0, UInt8(length & 255), UInt8(length >> 8)]
    if version > 1 { bytes += [0, 0] }
    bytes += Array(header.utf8)
    for value in values {
      let bits = wide ? Double(value).bitPattern : UInt64(value.bitPattern)
      bytes += (0..<(wide ? 8 : 4)).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
    }
    return bytes
  }

  @Test(arguments: [(false, 1 as UInt8), (true, 1), (false, 2), (true, 3)])
  func rowsOfNumpyStandBesideTheRowsOfAFile(wide: Bool, version: UInt8) throws {
    let schema = try #require(Self.schema)
    let embeddings = try file("e.npy", numpy([1, 2, 3, 4, 5, 6], 3, 2, wide: wide, version: version))
    let reranks = try file("r.npy", numpy([7, 8, 9], 3, 1, wide: wide, version: version))
    let vectors = try FeedVectors(embeddings, reranks: reranks, schema: schema)
    #expect(vectors.rowCount == 3)
    let text = "id\tprice\n10\t1\nx\t2\n30\t3\n40\t4\n"
    let read = try read(try file("items.tsv", Array(text.utf8)), vectors: vectors)
    let items = read.changes.compactMap { if case .upsert(let item) = $0.change { item } else { nil } }
    #expect(items.map(\.id) == [ItemID(10), ItemID(30)], "a faulty row keeps its vectors")
    #expect(items.map(\.embedding) == [[1, 2], [5, 6]] && items.map(\.rerank) == [[7], [9]])
    #expect(read.faults[5] == "the file of vectors has only 3 rows")
    let narrow = try file("narrow.npy", numpy([1, 2, 3], 3, 1))
    #expect(throws: Failure.self) { try FeedVectors(narrow, reranks: nil, schema: schema) }
  }

  @Test func damagedNumpyFilesAreRefused() throws {
    let good = numpy([1, 2, 3, 4], 2, 2)
    #expect(try NumpyFile(good).row(1) == [3, 4])
    for cut in 0..<good.count { #expect(throws: NumpyFile.Mistake.self) { try NumpyFile(Array(good[..<cut])) } }
    func changed(_ old: String, _ new: String) -> [UInt8] {
      let text = String(decoding: good[10..<128], as: UTF8.self)
      return good[..<10] + Array(text.replacing(old, with: new).utf8) + good[128...]
    }
    for (old, new) in [
      ("<f4", ">f4"), ("<f4", "<i4"), ("False", "True "), ("(2, 2)", "(9, 9)"), ("(2, 2)", "(-2,2)"),
      ("(2, 2)", "(4,)  "), ("'shape'", "'shade'"), ("(2, 2)", "(2, 2 "),
    ] {
      #expect(throws: NumpyFile.Mistake.self, "\(new)") { try NumpyFile(changed(old, new)) }
    }
    for (old, new) in [
      ("{", "{'descr': '<f4', "), ("{", "{'descr' :'<f8', "), (", }", ", 'shape': (2, 2)}"), (", }", ", 'rows': 2, }"),
      ("{", "{'fortran_order': False, "), ("(2, 2)", "(2 2)"), ("(2, 2)", "((2, 2))"), ("(2, 2)", "(,2, 2)"),
      ("(2, 2)", "(+2, 2)"), ("{", ""), (", }", ","), (", }", ", } x"), ("False, ", "False "), ("'<f4'", "'<f4"),
    ] {
      var header = String(decoding: good[10..<128], as: UTF8.self)
      if let place = header.firstRange(of: old) { header.replaceSubrange(place, with: new) }
      let bytes = good[..<8] + [UInt8(header.utf8.count), 0] + Array(header.utf8) + good[128...]
      #expect(throws: NumpyFile.Mistake.self, "\(header)") { try NumpyFile(Array(bytes)) }
    }
  }

  // MARK: Resumption

  @Test func aResumeFileSaysHowFarAFeedCame() throws {
    let path = "\(directory.path)/resume"
    #expect(try ResumeFile.read(path) == nil)
    let flags = JSON.object([("batch", .int(5))])
    let begin = ResumeFile.State(
      flags: flags, positions: [FeedPosition(writer: .max), FeedPosition(writer: 2)], feed: 77)
    var file: ResumeFile? = try ResumeFile(path, begin)
    for op in 1...3 as ClosedRange<UInt64> {
      try file?.note(1, FeedPosition(writer: 2, op: op, check: .max - UInt32(op)))
    }
    try file?.note(0, FeedPosition(writer: .max, op: 9, check: 4))
    let expected = [FeedPosition(writer: .max, op: 9, check: 4), FeedPosition(writer: 2, op: 3, check: .max - 3)]
    // While a feed has the file no other one goes on from it.
    for () in [(), ()] {
      #expect(
        failure { () throws(Failure) in _ = try ResumeFile.read(path) }
          .contains("another feed uses this file: \(path)"))
      #expect(failure { () throws(Failure) in _ = try ResumeFile(path, begin) }.contains("another feed uses this file"))
    }
    file = nil
    // A kill may have torn the last line.
    let whole = try Data(contentsOf: URL(filePath: path))
    for torn in ["", "{", #"{"stream": 1, "op": 4"#] {
      try (whole + Data(torn.utf8)).write(to: URL(filePath: path))
      let state = try #require(try ResumeFile.read(path))
      #expect(state.flags == flags && state.feed == 77 && state.positions == expected)
    }
    var state = try ResumeFile.read(path)
    #expect(failure { () throws(Failure) in _ = try ResumeFile.read(path) }.contains("another feed uses this file"))
    try ResumeFile(path, try #require(state)).note(1, FeedPosition(writer: 2, op: 4, check: 1))
    state = nil
    #expect(try ResumeFile.read(path)?.positions[1] == FeedPosition(writer: 2, op: 4, check: 1))
    try (whole + Data("nonsense\n".utf8)).write(to: URL(filePath: path))
    #expect(throws: Failure.self) { try ResumeFile.read(path) }
    try whole.write(to: URL(filePath: path))
    let last = try #require(try ResumeFile.read(path))
    try ResumeFile(path, last).remove()
    #expect(try ResumeFile.read(path) == nil)
    try Data().write(to: URL(filePath: path))
    #expect(try ResumeFile.read(path) == nil, "nothing is lost with an empty file")
  }

  @Test func whatIsNoRegularFileKeepsNoPlace() throws {
    let pipe = "\(directory.path)/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    for path in ["/dev/zero", "/dev/full", "/dev/null", pipe, directory.path] {
      do throws(Failure) {
        _ = try ResumeFile.read(path)
        Issue.record("accepted \(path)")
      } catch {
        #expect(error.code == .usage && error.message.contains("\(path) is no regular file"), "\(error.message)")
        #expect(!error.advice.contains("remove"))
      }
      #expect(throws: Failure.self) {
        try ResumeFile(path, ResumeFile.State(flags: .null, positions: []))
      }
    }
  }

  private func failure(_ body: () throws(Failure) -> Void) -> String {
    do throws(Failure) {
      try body()
      return ""
    } catch { return error.message }
  }
}
