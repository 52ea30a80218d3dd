import Bytes
import Kernels
import Vocabulary

/// What a filter asks of a full block, prepared: inverted lists of keywords, bands of numbers, and who has a value.
///
/// Made once with the block's codes, for rows that never change: deletes and overwrites clear alive bits elsewhere.
final class AttributeLists: Sendable {
  enum Column: Sendable {
    case keywords(KeywordLists)
    case ints(NumberBands<Int64>)
    case floats(NumberBands<Double>)
    /// Texts, of which a filter only asks whether they are there.
    case none
  }

  let block: Block
  let capacity: Int
  /// The members of keyword sets.
  let codes: Arena<UInt32>
  let columns: [Column]
  /// The rows that have a value of an attribute; `nil` if all have.
  let presence: [RowBits?]

  init(_ view: BlockView) {
    let capacity = view.block.capacity
    self.capacity = capacity
    block = view.block
    codes = view.codes
    presence = view.block.columns.indices.map { attribute in
      let rows = RowBits(capacity: capacity, count: capacity) { view.block.has(attribute, row: $0) }
      return rows.count == capacity ? nil : rows
    }
    columns = view.block.columns.indices.map { attribute in
      let rows = (0..<capacity).filter { view.block.has(attribute, row: $0) }
      switch view.block.columns[attribute] {
      case .int(let values): return .ints(NumberBands(rows.map { (values[$0], $0) }, capacity: capacity))
      case .float(let values): return .floats(NumberBands(rows.map { (values[$0], $0) }, capacity: capacity))
      case .bool(let values):
        return .keywords(KeywordLists(rows.map { (UInt32(values[$0]), $0) }, capacity: capacity))
      case .keyword(let codes): return .keywords(KeywordLists(rows.map { (codes[$0], $0) }, capacity: capacity))
      case .keywordSet(let sets):
        let members = rows.flatMap { row in view.codes[sets[row]].map { ($0, row) } }
        return .keywords(KeywordLists(members, capacity: capacity))
      case .text: return .none
      }
    }
  }

  var byteCount: Int {
    columns.reduce(presence.reduce(0) { $0 + ($1?.words.count ?? 0) * 8 }) { sum, column in
      switch column {
      case .keywords(let lists): sum + lists.byteCount
      case .ints(let bands): sum + bands.byteCount
      case .floats(let bands): sum + bands.byteCount
      case .none: sum
      }
    }
  }
}
