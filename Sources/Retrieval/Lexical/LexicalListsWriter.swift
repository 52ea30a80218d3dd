/// Writes lists: terms ascending, and the rows of each ascending.
struct LexicalListsWriter {
  let table: ImpactTable
  private(set) var codes: [UInt32] = []
  private(set) var starts: [UInt32] = []
  private(set) var bytes: [UInt8] = []
  private(set) var counts: [Int]
  private var last = 0

  init(_ table: ImpactTable, byteCount: Int) {
    self.table = table
    counts = Array(repeating: 0, count: table.impacts.count)
    bytes.reserveCapacity(byteCount)
  }

  /// Adds a posting. A term begins with its first one.
  ///
  /// - Parameter place: Where the impact stands in the table; `LexicalLists.escape`: nowhere.
  @inline(__always)
  mutating func add(_ code: UInt32, row: Int, place: UInt8, impact: @autoclosure () -> Float) {
    if codes.last != code {
      codes.append(code)
      starts.append(UInt32(bytes.count))
      last = 0
    }
    var value = (row - last) << LexicalLists.placeBits | min(Int(place), LexicalLists.longPlace)
    last = row
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: value))
    if place >= LexicalLists.longPlace { bytes.append(place) }
    if place == LexicalLists.escape {
      let bits = impact().bitPattern
      for byte in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(8 * byte))) }
    } else {
      counts[Int(place)] += 1
    }
  }
}

/// The impacts that most postings of some lists have.
struct ImpactTable {
  let impacts: [Float]
  private let places: [UInt32: UInt8]

  /// - Parameter counts: How many postings have an impact, by its bits.
  init(_ counts: [UInt32: Int]) {
    let best = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Int(LexicalLists.escape))
    impacts = best.map { Float(bitPattern: $0.key) }
    places = Dictionary(uniqueKeysWithValues: best.enumerated().map { ($1.key, UInt8($0)) })
  }

  /// The table for postings of some lists.
  init(of lists: [LexicalLists]) {
    var counts: [UInt32: Int] = [:]
    for list in lists {
      for (impact, count) in zip(list.impacts, list.impactCounts) { counts[impact.bitPattern, default: 0] += count }
    }
    self.init(counts)
  }

  /// Where an impact stands; `LexicalLists.escape` if it stands nowhere.
  func place(of impact: Float) -> UInt8 { places[impact.bitPattern] ?? LexicalLists.escape }
}
