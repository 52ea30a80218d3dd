/// The rows of a full block by keyword code: an inverted list, or a set of bits where that is shorter.
struct KeywordLists: Sendable {
  private struct List: Sendable {
    let code: UInt32
    /// How many rows have the code.
    let count: UInt32
    let start: UInt32
  }

  /// Ascending by code.
  private let lists: [List]
  /// Rows, ascending in each list; or bits, row r in bit r mod 16 of word r / 16.
  private let storage: [UInt16]
  private let capacity: Int

  /// Takes a code and a row for every member that a row has; a row has a code once.
  init(_ pairs: [(code: UInt32, row: Int)], capacity: Int) {
    var lists: [List] = []
    var storage: [UInt16] = []
    let keys = pairs.map { UInt64($0.code) << 16 | UInt64($0.row) }.sorted()
    var start = 0
    while start < keys.count {
      let code = UInt32(keys[start] >> 16)
      var end = start + 1
      while end < keys.count, keys[end] >> 16 == UInt64(code) { end += 1 }
      lists.append(List(code: code, count: UInt32(end - start), start: UInt32(storage.count)))
      if end - start < capacity / 16 {
        for key in keys[start..<end] { storage.append(UInt16(truncatingIfNeeded: key)) }
      } else {
        let first = storage.count
        storage.append(contentsOf: repeatElement(0, count: capacity / 16))
        for key in keys[start..<end] { storage[first + Int(key & 0xFFFF) / 16] |= 1 << UInt16(key & 15) }
      }
      start = end
    }
    self.lists = lists
    self.storage = storage
    self.capacity = capacity
  }

  var byteCount: Int { lists.count * MemoryLayout<List>.stride + storage.count * 2 }

  /// Adds to the count of each code how many rows have it.
  ///
  /// - Returns: Of all codes together.
  func addAll(to counts: inout [UInt32]) -> Int {
    let lists = lists.span
    var counted = counts.mutableSpan
    var sum = 0
    for place in lists.indices {
      counted[Int(lists[place].code)] &+= lists[place].count
      sum += Int(lists[place].count)
    }
    return sum
  }

  /// Adds to the count of each code that has a set of bits how many of some rows have it, and takes those rows away.
  ///
  /// - Returns: Of all such codes together.
  /// - Precondition: A row has one code at most.
  func take(_ rows: inout RowBits, to counts: inout [UInt32]) -> Int {
    let stored = storage.span
    var counted = counts.mutableSpan
    var sum = 0
    for list in lists where Int(list.count) >= capacity / 16 {
      let found = rows.take { word in Self.bits(stored, Int(list.start) + 4 * word) }
      counted[Int(list.code)] &+= UInt32(truncatingIfNeeded: found)
      sum += found
    }
    return sum
  }

  /// Adds to the count of each code how many of some rows have it.
  ///
  /// - Parameter areAll: False: codes that have a set of bits were taken before.
  /// - Returns: Of all codes together.
  func add(_ rows: RowBits, to counts: inout [UInt32], areAll: Bool) -> Int {
    let (stored, words) = (storage.span, rows.words.span)
    var counted = counts.mutableSpan
    var sum = 0
    for list in lists {
      let (start, count) = (Int(list.start), Int(list.count))
      var found: UInt64 = 0
      if count < capacity / 16 {
        // Without a branch: half of the rows may pass, and no processor foretells which.
        for place in start..<start + count {
          let row = Int(stored[place])
          found &+= words[row >> 6] &>> UInt64(row & 63) & 1
        }
      } else if areAll {
        for word in 0..<capacity / 64 {
          found &+= UInt64((Self.bits(stored, start + 4 * word) & words[word]).nonzeroBitCount)
        }
      }
      counted[Int(list.code)] &+= UInt32(truncatingIfNeeded: found)
      sum += Int(found)
    }
    return sum
  }

  /// 64 rows of a set of bits.
  @inline(__always)
  private static func bits(_ stored: Span<UInt16>, _ place: Int) -> UInt64 {
    UInt64(stored[place]) | UInt64(stored[place + 1]) << 16 | UInt64(stored[place + 2]) << 32
      | UInt64(stored[place + 3]) << 48
  }

  /// No fewer than how many rows have one of some codes.
  func countMax(_ codes: [UInt32]) -> Int {
    var count = 0
    forEach(codes) { count += Int($0.count) }
    return min(count, capacity)
  }

  /// The rows that have one of some codes, ascending.
  func rows(_ codes: [UInt32]) -> RowBits {
    var rows = RowBits(capacity: capacity)
    forEach(codes) { list in
      let (start, count) = (Int(list.start), Int(list.count))
      if count < capacity / 16 {
        for place in start..<start + count { rows[Int(storage[place])] = true }
      } else {
        for word in 0..<capacity / 64 {
          rows.add(Self.bits(storage.span, start + 4 * word), word: word)
        }
      }
    }
    return rows
  }

  /// Calls `body` with the lists of ascending codes: by bisection for a few, side by side for many.
  @inline(__always)
  private func forEach(_ codes: [UInt32], _ body: (List) -> Void) {
    var low = 0
    for code in codes {
      if codes.count * 16 < lists.count {
        var high = lists.count
        while low < high {
          let middle = (low + high) / 2
          if lists[middle].code < code { low = middle + 1 } else { high = middle }
        }
      } else {
        while low < lists.count, lists[low].code < code { low += 1 }
      }
      guard low < lists.count else { return }
      if lists[low].code == code { body(lists[low]) }
    }
  }
}
