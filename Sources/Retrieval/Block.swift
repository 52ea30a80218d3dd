import Bytes
import Kernels
import Vocabulary

/// Up to 4,096 rows by column; a row is written once and never changed.
///
/// Which of its rows exist and live is told by a `BlockView`, so that readers of older views stay undisturbed.
final class Block: Sendable {
  static let rowBits = 12
  static let rowsMax = 1 << rowBits
  /// How large a block's vectors may be unless it has only `rowsMin` rows; in bytes.
  private static let vectorBytesMax = 4 << 20
  static let rowsMin = 64

  /// The capacity for the next block of a table that has `count` items: small while the table is, and smaller for long
  /// vectors, so that a new block takes little time and a half-empty one little memory.
  static func capacity(count: Int, schema: CollectionSchema) -> Int {
    let rowBytes = 4 * (schema.embeddingDimension + schema.rerankDimension)
    var capacity = rowsMin
    while capacity < rowsMax, capacity < count, 2 * capacity * rowBytes <= vectorBytesMax { capacity *= 2 }
    return capacity
  }

  /// One attribute of all rows; where a row has none, the place holds a zero.
  enum Column: Sendable {
    case int(SharedColumn<Int64>)
    case float(SharedColumn<Double>)
    /// Codes of the keyword dictionary.
    case keyword(SharedColumn<UInt32>)
    /// Extents of codes in the view's arena.
    case keywordSet(SharedColumn<Extent>)
    case bool(SharedColumn<UInt8>)
    /// Extents of UTF-8 in the view's arena.
    case text(SharedColumn<Extent>)
  }

  /// Differs for every block that a table has ever opened.
  let serial: UInt64
  let capacity: Int
  let ids: SharedColumn<UInt64>
  let versions: SharedColumn<UInt64>
  /// `[capacity, d]`
  let embeddings: FloatMatrix
  /// `[capacity, r]`, or `nil` if r is 0.
  let reranks: FloatMatrix?
  /// Bit a of a row's word tells whether the row has attribute a; a word a row, so that no word is written twice.
  let presence: SharedColumn<UInt64>
  let columns: [Column]

  init(serial: UInt64, capacity: Int, schema: CollectionSchema) {
    self.serial = serial
    self.capacity = capacity
    ids = SharedColumn(repeating: 0, capacity: capacity)
    versions = SharedColumn(repeating: 0, capacity: capacity)
    embeddings = FloatMatrix(rows: capacity, columns: schema.embeddingDimension)
    reranks = schema.rerankDimension > 0 ? FloatMatrix(rows: capacity, columns: schema.rerankDimension) : nil
    presence = SharedColumn(repeating: 0, capacity: schema.attributes.isEmpty ? 0 : capacity)
    columns = schema.attributes.map { attribute in
      switch attribute.type {
      case .int: .int(SharedColumn(repeating: 0, capacity: capacity))
      case .float: .float(SharedColumn(repeating: 0, capacity: capacity))
      case .keyword: .keyword(SharedColumn(repeating: 0, capacity: capacity))
      case .keywordSet: .keywordSet(SharedColumn(repeating: .empty, capacity: capacity))
      case .bool: .bool(SharedColumn(repeating: 0, capacity: capacity))
      case .text: .text(SharedColumn(repeating: .empty, capacity: capacity))
      }
    }
  }

  func has(_ attribute: Int, row: Int) -> Bool { presence[row] >> UInt64(attribute) & 1 == 1 }

  /// The number in a row of an attribute that is an int.
  func int(_ attribute: Int, row: Int) -> Int64 {
    if case .int(let column) = columns[attribute] { column[row] } else { 0 }
  }

  /// The number in a row of an attribute that is a float.
  func float(_ attribute: Int, row: Int) -> Double {
    if case .float(let column) = columns[attribute] { column[row] } else { 0 }
  }
}
