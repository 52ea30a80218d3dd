/// For each term the rows that have it, of one or several full blocks; never changed.
///
/// A posting is a varint: the distance from the row before it, and below it four bits that say where the impact stands in
/// the table of impacts. If they are all set, a byte with the place follows, and if that is 255, the four bytes of the
/// impact. So an impact is an exact float32, in most cases at the price of four bits.
final class LexicalLists: Sendable {
  /// Where the rows of a block lie among those of the lists.
  struct Place: Sendable {
    let block: Block
    /// Position in the table. If another block stands there now, this one was given up.
    let position: Int
    let firstRow: Int

    /// Whether the block is still in its place.
    func isIn(_ views: [BlockView]) -> Bool { position < views.count && views[position].block === block }
  }

  /// Instead of a place in the table of impacts: the impact itself follows.
  static let escape: UInt8 = 255
  /// How many bits of a varint are for the place, and what they hold if the place follows as a byte.
  static let placeBits = 4, longPlace = 15

  let places: [Place]
  let rowCount: Int
  /// Ascending.
  private let codes: [UInt32]
  /// Where the postings of a term begin; one more for the end of the last.
  private let starts: [UInt32]
  let bytes: [UInt8]
  /// At most 255.
  let impacts: [Float]
  /// How many postings have an impact of the table.
  let impactCounts: [Int]

  init(_ writer: consuming LexicalListsWriter, _ places: [Place]) {
    self.places = places
    rowCount = places.last.map { $0.firstRow + $0.block.capacity } ?? 0
    codes = writer.codes
    starts = writer.starts + [UInt32(writer.bytes.count)]
    // With the byte that a cursor may look at, and without the places that the writer has reserved.
    var bytes: [UInt8] = []
    bytes.reserveCapacity(writer.bytes.count + 1)
    bytes += writer.bytes
    bytes.append(0)
    self.bytes = bytes
    impacts = writer.table.impacts
    impactCounts = writer.counts
  }

  private init(_ other: LexicalLists, _ places: [Place]) {
    self.places = places
    (rowCount, codes, starts, bytes) = (other.rowCount, other.codes, other.starts, other.bytes)
    (impacts, impactCounts) = (other.impacts, other.impactCounts)
  }

  /// The same lists, with blocks that have got their positions: that of the block number n is `positions[n]`.
  func placed(at positions: [Int]) -> LexicalLists {
    LexicalLists(
      self,
      places.map { Place(block: $0.block, position: positions[$0.position], firstRow: $0.firstRow) })
  }

  var byteCount: Int {
    bytes.count + 4 * (codes.count + starts.count) + 12 * impacts.count + MemoryLayout<Place>.stride * places.count
  }

  /// Lists of one class differ in their rows by less than the eightfold.
  var sizeClass: Int { (Int.bitWidth - rowCount.leadingZeroBitCount) / 3 }

  /// How many rows are in blocks that are still in their place.
  func rowsLeft(in views: [BlockView]) -> Int {
    places.reduce(0) { $0 + ($1.isIn(views) ? $1.block.capacity : 0) }
  }

  /// How many terms there are.
  var termCount: Int { codes.count }

  /// The code of a term by its place.
  func code(_ place: Int) -> UInt32 { codes[place] }

  /// The postings of a term by its place.
  func cursor(_ place: Int) -> PostingCursor {
    let bytes = bytes
    return PostingCursor(bytes.span, Int(starts[place])..<Int(starts[place + 1]))
  }

  /// The postings of a term; `nil` if no row has it.
  func cursor(of code: UInt32) -> PostingCursor? {
    var (low, high) = (0, codes.count)
    while low < high {
      let middle = (low + high) / 2
      if codes[middle] < code { low = middle + 1 } else { high = middle }
    }
    return low < codes.count && codes[low] == code ? cursor(low) : nil
  }
}

/// A way through the postings of one term.
struct PostingCursor: Sendable {
  /// The row of the posting that comes next; `Int.max` at the end.
  private(set) var row = 0
  /// The bits of that posting that say where its impact stands.
  private var place = 0
  /// What comes behind its varint.
  private var offset: Int
  private let end: Int

  init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
    offset = range.lowerBound
    end = range.upperBound
    readVarint(bytes)
  }

  /// Takes the impact of the posting, as its place in the table or, if it has none there, by itself.
  @inline(__always)
  mutating func next(_ bytes: Span<UInt8>) -> (place: UInt8, escaped: Float) {
    var place = UInt8(truncatingIfNeeded: place)
    var bits: UInt32 = 0
    if place == UInt8(LexicalLists.longPlace) {
      place = bytes[offset]
      offset += 1
      if place == LexicalLists.escape {
        for byte in 0..<4 { bits |= UInt32(bytes[offset + byte]) << UInt32(8 * byte) }
        offset += 4
      }
    }
    readVarint(bytes)
    return (place, Float(bitPattern: bits))
  }

  @inline(__always)
  private mutating func readVarint(_ bytes: Span<UInt8>) {
    guard offset < end else {
      row = .max
      return
    }
    // Two bytes without a branch, for which postings have one and which two is not to be foretold. Behind the last
    // posting stands a spare byte.
    let (low, high) = (Int(bytes[offset]), Int(bytes[offset + 1]))
    let hasTwo = low >> 7
    var value = (low & 0x7F) | ((high & 0x7F) << 7 & -hasTwo)
    offset += 1 + hasTwo
    if hasTwo & (high >> 7) == 1 {
      var shift = 14
      var byte: UInt8
      repeat {
        byte = bytes[offset]
        offset += 1
        value |= Int(byte & 0x7F) << shift
        shift += 7
      } while byte >= 0x80
    }
    row += value >> LexicalLists.placeBits
    place = value & LexicalLists.longPlace
  }
}
