import Bytes
import Kernels
import Vocabulary

/// A block as it stood at one moment: which rows exist, which live, and the texts and sets they point to.
struct BlockView: Sendable {
  let block: Block
  /// Rows written, live or not.
  private(set) var rowCount = 0
  private(set) var alive: RowBits
  private(set) var aliveCount = 0
  private(set) var texts = Arena<UInt8>(zero: 0)
  private(set) var codes = Arena<UInt32>(zero: 0)
  /// The codes of all rows, once the block is full and a writer has computed them.
  var encoded: CodeBlock?
  /// The lists that filters read; made with the codes.
  var lists: AttributeLists?
  /// The terms of the rows, until they stand in the lists of the table's lexical index; `nil` without one.
  var pending: PendingTerms?
  /// Whether the table is about to empty the block.
  var isQueued = false

  init(block: Block, pending: PendingTerms? = nil) {
    self.block = block
    self.pending = pending
    alive = RowBits(capacity: block.capacity)
  }

  var isFull: Bool { rowCount == block.capacity }

  /// Appends a checked item as a live row and returns the row.
  mutating func append(_ item: Item, version: UInt64, keywords: inout KeywordDictionary) -> Int {
    let row = rowCount
    block.ids[row] = item.id.rawValue
    block.versions[row] = version
    block.embeddings.setRow(row, item.embedding)
    block.reranks?.setRow(row, item.rerank)
    var presence: UInt64 = 0
    for (attribute, value) in item.attributes.enumerated() {
      guard let value else { continue }
      presence |= 1 << UInt64(attribute)
      write(value, attribute, row: row, &keywords)
    }
    if presence != 0 { block.presence[row] = presence }
    admit(row)
    return row
  }

  /// Appends a copy of another view's row as a live row and returns the row.
  mutating func append(row source: Int, of other: BlockView) -> Int {
    let row = rowCount
    copy(source, of: other, except: 0)
    block.versions[row] = other.block.versions[source]
    if !block.columns.isEmpty { block.presence[row] = other.block.presence[source] }
    admit(row)
    return row
  }

  /// Appends a copy of another view's row, with some other attributes, as a live row and returns the row.
  mutating func append(
    row source: Int, of other: BlockView, changing changes: [AttributeChange], version: UInt64,
    keywords: inout KeywordDictionary
  ) -> Int {
    let row = rowCount
    let changed = changes.reduce(into: UInt64(0)) { $0 |= 1 << UInt64($1.attribute) }
    copy(source, of: other, except: changed)
    block.versions[row] = version
    var presence = block.columns.isEmpty ? 0 : other.block.presence[source] & ~changed
    for change in changes {
      guard let value = change.value else { continue }
      presence |= 1 << UInt64(change.attribute)
      write(value, change.attribute, row: row, &keywords)
    }
    if presence != 0 { block.presence[row] = presence }
    admit(row)
    return row
  }

  /// Writes the value of an attribute into the row that is about to be admitted.
  private mutating func write(
    _ value: AttributeValue, _ attribute: Int, row: Int, _ keywords: inout KeywordDictionary
  ) {
    switch (block.columns[attribute], value) {
    case (.int(let column), .int(let number)): column[row] = number
    case (.float(let column), .float(let number)): column[row] = number
    case (.bool(let column), .bool(let truth)): column[row] = truth ? 1 : 0
    case (.keyword(let column), .keyword(let text)): column[row] = keywords.intern(text)
    case (.keywordSet(let column), .keywordSet(let members)):
      column[row] = codes.append(members.map { keywords.intern($0) })
    case (.text(let column), .text(let text)): column[row] = texts.append(Array(text.utf8))
    default: preconditionFailure("a checked value fits its column")
    }
  }

  /// Copies id, vectors and attributes of another view's row into the row that is about to be admitted.
  ///
  /// - Parameter skipped: A bit for each attribute that is left out.
  private mutating func copy(_ source: Int, of other: BlockView, except skipped: UInt64) {
    let row = rowCount
    let from = other.block
    block.ids[row] = from.ids[source]
    block.embeddings.copyRow(source, of: from.embeddings, to: row)
    if let reranks = from.reranks { block.reranks?.copyRow(source, of: reranks, to: row) }
    for attribute in block.columns.indices where skipped >> UInt64(attribute) & 1 == 0 {
      switch (block.columns[attribute], from.columns[attribute]) {
      case (.int(let column), .int(let old)): column[row] = old[source]
      case (.float(let column), .float(let old)): column[row] = old[source]
      case (.bool(let column), .bool(let old)): column[row] = old[source]
      case (.keyword(let column), .keyword(let old)): column[row] = old[source]
      case (.keywordSet(let column), .keywordSet(let old)): column[row] = codes.append(other.codes[old[source]])
      case (.text(let column), .text(let old)): column[row] = texts.append(other.texts[old[source]])
      default: preconditionFailure("blocks of one table have the same columns")
      }
    }
  }

  /// Clears a row's alive bit.
  mutating func kill(_ row: Int) {
    alive[row] = false
    aliveCount -= 1
  }

  /// Clears all alive bits.
  mutating func killAll() {
    alive = RowBits(capacity: block.capacity)
    aliveCount = 0
  }

  /// Lets a written row live that does not.
  mutating func revive(_ row: Int) {
    alive[row] = true
    aliveCount += 1
  }

  /// Adds rows of zeros that do not live.
  mutating func fill(_ count: Int) { rowCount += count }

  private mutating func admit(_ row: Int) {
    rowCount += 1
    alive[row] = true
    aliveCount += 1
  }

  /// The value of an attribute of a row.
  func value(_ attribute: Int, row: Int, keywords: KeywordDictionary) -> AttributeValue? {
    guard block.has(attribute, row: row) else { return nil }
    return switch block.columns[attribute] {
    case .int(let column): .int(column[row])
    case .float(let column): .float(column[row])
    case .bool(let column): .bool(column[row] != 0)
    case .keyword(let column): .keyword(keywords[column[row]])
    case .keywordSet(let column): .keywordSet(codes[column[row]].map { keywords[$0] })
    case .text(let column): .text(text(column[row]))
    }
  }

  /// The texts of an attribute of a row: none if it has no value, several if it is a set.
  func texts(_ attribute: Int, row: Int, keywords: KeywordDictionary) -> [String] {
    switch value(attribute, row: row, keywords: keywords) {
    case .text(let text), .keyword(let text): [text]
    case .keywordSet(let members): members
    case .int, .float, .bool, nil: []
    }
  }

  /// The text of an extent.
  func text(_ extent: Extent) -> String { String(decoding: texts[extent], as: UTF8.self) }
}
