import Bytes
import Kernels
import Ranking
import Towers
import Vocabulary

extension AnswerInputs {
  private enum Flag {
    static let scaling: UInt8 = 1
    static let rounded: UInt8 = 2
    static let words: UInt8 = 4
  }

  /// Most values of one list.
  private static let valuesMax = 1 << 20

  /// Writes what was re-ranked: candidates without a logit are left out.
  func write(to writer: inout ByteWriter) {
    let count = logits.count
    writer.write(
      (user.scaling == nil ? 0 : Flag.scaling) | (candidates.isRounded ? Flag.rounded : 0)
        | (words == nil ? 0 : Flag.words))
    for values in [user.query, user.vector, user.profile] { writer.write(counted: values) }
    writer.write(UInt32(user.owned.ids.count))
    for id in user.owned.ids {
      let item = user.owned[id]
      writer.write(id)
      writer.write(floats: [item?.count ?? 0, item?.day ?? 0, item?.level ?? 0])
    }
    writer.write(UInt32(user.neighbours.count))
    for (id, value) in user.neighbours.sorted(by: { $0.key < $1.key }) {
      writer.write(id)
      writer.write(value)
    }
    if let scaling = user.scaling { writer.write(floats: [scaling.slope, scaling.offset]) }
    writer.write(UInt32(count))
    writer.write(array: Array(ids.prefix(count)))
    writer.write(floats: Array(candidates.retrievalScores.prefix(count)))
    for logit in logits { writer.write(logit ?? Float.nan.bitPattern) }
    writer.write(UInt16(candidates.reranks.columns))
    if candidates.reranks.columns > 0 { for row in 0..<count { writer.write(floats: candidates.reranks.row(row)) } }
    writer.write(UInt16(candidates.columns.count))
    for column in candidates.columns { column.write(rows: count, to: &writer) }
    guard let words else { return }
    writer.write(counted: words.query)
    for values in [words.lexical, words.products, words.fused] { writer.write(floats: Array(values.prefix(count))) }
  }

  init(from reader: inout ByteReader) throws(ByteError) {
    let start = reader.offset
    let flags = try reader.read(UInt8.self)
    guard flags <= 7 else { throw .outOfRange(offset: start, field: "these flags have no meaning") }
    var user = UserVectors(
      query: try reader.readCounted(limit: Limits.dimensionMax), vector: try reader.readCounted(limit: Self.valuesMax),
      profile: try reader.readCounted(limit: Self.valuesMax))
    let at = reader.offset
    var (ownedIDs, ownedItems): ([UInt64], [OwnedItems.Item]) = ([], [])
    for _ in 0..<(try reader.readCount(elementSize: 20, limit: Self.valuesMax)) {
      ownedIDs.append(try reader.read())
      ownedItems.append(
        OwnedItems.Item(count: try reader.readFloat(), day: try reader.readFloat(), level: try reader.readFloat()))
    }
    guard zip(ownedIDs, ownedIDs.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw .outOfRange(offset: at, field: "what a shopper has had rises by id")
    }
    user.owned = OwnedItems(ids: ownedIDs, items: ownedItems[...])
    for _ in 0..<(try reader.readCount(elementSize: 12, limit: Self.valuesMax)) {
      user.neighbours[try reader.read(UInt64.self)] = try reader.readFloat()
    }
    if flags & Flag.scaling != 0 {
      let at = reader.offset
      guard let scaling = LogitScaling(slope: try reader.readFloat(), offset: try reader.readFloat()) else {
        throw .outOfRange(offset: at, field: "this line of logits has no slope above 0")
      }
      user.scaling = scaling
    }
    let count = try reader.readCount(elementSize: 16, limit: Limits.depthMax)
    let ids: [UInt64] = try reader.readArray(count: count)
    let scores = try reader.readFloats(count)
    let logits = try reader.readArray(of: UInt32.self, count: count)
    let width = Int(try reader.read(UInt16.self))
    let vectors = try reader.readFloats(count * width)
    let reranks = FloatMatrix(rows: count, columns: width)
    for row in 0..<count where width > 0 { reranks.setRow(row, vectors[row * width..<(row + 1) * width]) }
    var columns: [InputColumn] = []
    for _ in 0..<(try reader.read(UInt16.self)) { columns.append(try InputColumn(rows: count, from: &reader)) }
    let candidates = CandidateInputs(
      ids: ids.map { ItemID($0) }, retrievalScores: scores, reranks: reranks, isRounded: flags & Flag.rounded != 0,
      columns: columns)
    var words: Words?
    if flags & Flag.words != 0 {
      words = Words(
        query: try reader.readCounted(limit: 64), lexical: try reader.readFloats(count),
        products: try reader.readFloats(count), fused: try reader.readFloats(count))
    }
    self.init(
      user: user, candidates: candidates, ids: ids,
      logits: logits.map { Float(bitPattern: $0).isFinite ? $0 : nil }, words: words)
  }
}

extension InputColumn {
  private static let numbersKind: UInt8 = 1
  private static let wordsKind: UInt8 = 2

  /// Writes the values of the first rows.
  fileprivate func write(rows: Int, to writer: inout ByteWriter) {
    switch self {
    case .numbers(let numbers):
      writer.write(Self.numbersKind)
      for number in numbers.prefix(rows) { writer.write(number) }
    case .words(let words):
      writer.write(Self.wordsKind)
      for span in words.spans.prefix(rows) {
        writer.write(UInt16(span.count))
        for number in words.numbers[span] { writer.write(text: words.list[Int(number)]) }
      }
    }
  }

  fileprivate init(rows: Int, from reader: inout ByteReader) throws(ByteError) {
    let at = reader.offset
    switch try reader.read(UInt8.self) {
    case Self.numbersKind:
      self = .numbers(try reader.readArray(of: UInt64.self, count: rows).map { Double(bitPattern: $0) })
    case Self.wordsKind:
      var list: [String] = []
      var spans: [Range<Int>] = []
      for _ in 0..<rows {
        let first = list.count
        for _ in 0..<(try reader.read(UInt16.self)) { list.append(try reader.readText(limit: Int(UInt16.max))) }
        spans.append(first..<list.count)
      }
      self = .words(Words(list: list, numbers: list.indices.map { UInt32($0) }, spans: spans))
    default: throw .outOfRange(offset: at, field: "a column has numbers or words")
    }
  }
}

extension ByteWriter {
  /// Floats behind their u32 count.
  fileprivate mutating func write(counted values: [Float]) {
    write(UInt32(values.count))
    write(floats: values)
  }
}

extension ByteReader {
  /// Floats behind their u32 count.
  fileprivate mutating func readCounted(limit: Int) throws(ByteError) -> [Float] {
    try readFloats(try readCount(elementSize: 4, limit: limit))
  }
}
