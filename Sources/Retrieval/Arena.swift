import Bytes

/// A run of elements in an `Arena`.
struct Extent: BitwiseCopyable, Hashable, Sendable {
  let chunk: UInt32
  let offset: UInt32
  let count: UInt32

  static let empty = Extent(chunk: 0, offset: 0, count: 0)
}

/// Append-only storage for values of varying length, in chunks that copies share.
///
/// Only the table's newest copy appends; older copies in snapshots see what was there when they were taken.
struct Arena<Element: BitwiseCopyable & Sendable>: Sendable {
  private var chunks: [SharedColumn<Element>] = []
  private var used = 0
  private let zero: Element
  /// Bytes of all chunks.
  private(set) var byteCount = 0

  private static var chunkCountMin: Int { 256 }
  private static var chunkCountMax: Int { 65_536 }

  init(zero: Element) { self.zero = zero }

  mutating func append(_ values: some RandomAccessCollection<Element>) -> Extent {
    guard !values.isEmpty else { return .empty }
    if used + values.count > chunks.last?.capacity ?? 0 {
      let doubled = min(2 * (chunks.last?.capacity ?? Self.chunkCountMin / 2), Self.chunkCountMax)
      let capacity = max(doubled, values.count)
      chunks.append(SharedColumn(repeating: zero, capacity: capacity))
      byteCount += capacity * MemoryLayout<Element>.stride
      used = 0
    }
    let chunk = chunks[chunks.count - 1]
    for (place, value) in values.enumerated() { chunk[used + place] = value }
    let extent = Extent(chunk: UInt32(chunks.count - 1), offset: UInt32(used), count: UInt32(values.count))
    used += values.count
    return extent
  }

  subscript(extent: Extent) -> [Element] {
    var values: [Element] = []
    values.reserveCapacity(Int(extent.count))
    forEach(extent) { values.append($0) }
    return values
  }

  /// Calls `body` with each element of a run, in order.
  @inline(__always)
  func forEach(_ extent: Extent, _ body: (Element) -> Void) {
    guard extent.count > 0 else { return }
    let start = Int(extent.offset)
    chunks[Int(extent.chunk)].withSpan(start..<start + Int(extent.count)) { values in
      for place in values.indices { body(values[place]) }
    }
  }
}
