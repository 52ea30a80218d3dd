internal import CKernels

extension KernelSet {
  /// How many queries one scan serves best.
  package static var scanQueries: Int { 16 }

  /// Finds the rows of a block whose scores may reach a threshold, by their 4-bit codes, for several queries in one
  /// pass: no row of the words looked at that reaches it is left out.
  ///
  /// - Parameters:
  ///   - scores: the thresholds, one a query.
  ///   - words: the words of 64 rows, a bit each, that each query looks at.
  ///   - reached: bit p % 64 of word `w * k + p / 64` tells of query k and the row at place p; w is a 64th of the rows.
  /// - Returns: how many rows were looked at, over all queries.
  @discardableResult
  package func scan(
    _ codes: CodeBlock, _ queries: [CodeQuery], atLeast scores: [Float], words: [UInt64],
    into reached: inout [UInt64]
  ) -> Int {
    let count = codes.rowCount / 64
    precondition(queries.count == scores.count && queries.count == words.count, "a threshold and words a query")
    precondition(queries.count * count <= reached.count, "a word for 64 rows")
    // SAFETY: the temporary holds one probe a query, all initialised; the queries outlive the call; `reached` has 64 bits
    // for each word of a query, checked above.
    return unsafe withUnsafeTemporaryAllocation(of: wk_code_query.self, capacity: queries.count) { probes in
      unsafe reached.withUnsafeMutableBytes { reached in
        guard let bits = unsafe reached.baseAddress?.assumingMemoryBound(to: UInt16.self) else { return 0 }
        for (k, query) in queries.enumerated() {
          unsafe probes.initializeElement(
            at: k, to: probe(codes, query, atLeast: scores[k], words: words[k], bits + 4 * count * k))
        }
        return withExtendedLifetime(queries) { unsafe scan(codes, UnsafeBufferPointer(probes)) }
      }
    }
  }

  /// The same for one query.
  @discardableResult
  package func scan(
    _ codes: CodeBlock, _ query: CodeQuery, atLeast score: Float, words: UInt64 = .max, into reached: inout [UInt64]
  ) -> Int {
    precondition(codes.rowCount / 64 <= reached.count, "a word for 64 rows")
    // SAFETY: the query outlives the call, and `reached` has a bit for each row, checked above.
    return unsafe reached.withUnsafeMutableBytes { reached in
      guard let bits = unsafe reached.baseAddress?.assumingMemoryBound(to: UInt16.self) else { return 0 }
      let probe = unsafe probe(codes, query, atLeast: score, words: words, bits)
      return withExtendedLifetime(query) {
        unsafe withUnsafePointer(to: probe) { unsafe scan(codes, UnsafeBufferPointer(start: $0, count: 1)) }
      }
    }
  }

  /// A query as the kernel sees it; `reached` has 16 bits for each record, and takes zeros.
  private func probe(
    _ codes: CodeBlock, _ query: CodeQuery, atLeast score: Float, words: UInt64,
    _ reached: UnsafeMutablePointer<UInt16>
  ) -> wk_code_query {
    precondition(query.width == codes.width, "a query of another width")
    let (offset, error) = query.scanCoefficients(codes)
    // SAFETY: there are 16 bits for each record of the block.
    unsafe reached.update(repeating: 0, count: codes.rowCount / 16)
    let count = codes.rowCount / 64
    return unsafe wk_code_query(
      bytes: query.bytes, offset: offset, error: error, at_least: query.scanThreshold(score),
      words: count < 64 ? words & (1 << UInt64(count) - 1) : words, reached: reached)
  }

  private func scan(_ codes: CodeBlock, _ probes: UnsafeBufferPointer<wk_code_query>) -> Int {
    unsafe wk_scan(
      isa, codes.records.assumingMemoryBound(to: UInt8.self), codes.width, probes.baseAddress, probes.count)
    var words = 0
    for k in probes.indices { words += unsafe probes[k].words.nonzeroBitCount }
    return 64 * words
  }

  /// Lists the rows at the places that a scan reached.
  ///
  /// - Parameters:
  ///   - words: the words of `reached` that tell of this query's places.
  ///   - mask: a bit a row; only rows of set bits are listed, all if there is none.
  ///   - rows: has room for every row of the block.
  /// - Returns: how many rows were listed.
  package func list(
    _ codes: CodeBlock, reached: [UInt64], words: Range<Int>, mask: [UInt64]?, into rows: inout [UInt32]
  ) -> Int {
    precondition(words.lowerBound >= 0 && words.upperBound <= reached.count, "words \(words) of \(reached.count)")
    precondition(words.count <= codes.rowCount / 64 && rows.count >= codes.rowCount, "room for all rows")
    precondition((mask?.count ?? codes.rowCount / 64) == codes.rowCount / 64, "a word for 64 rows")
    // SAFETY: the bits are of places of the block, the mask has one for each row, and there is room, checked above.
    return unsafe codes.order.withUnsafeBufferPointer { order in
      unsafe reached.withUnsafeBufferPointer { reached in
        unsafe rows.withUnsafeMutableBufferPointer { rows in
          guard let bits = reached.baseAddress else { return 0 }
          guard let mask else {
            return unsafe wk_list_places(
              bits + words.lowerBound, words.count, order.baseAddress, nil, rows.baseAddress)
          }
          return unsafe mask.withUnsafeBufferPointer {
            unsafe wk_list_places(
              bits + words.lowerBound, words.count, order.baseAddress, $0.baseAddress, rows.baseAddress)
          }
        }
      }
    }
  }

  /// Lists the rows whose bits are set and whose place lies in one of some words.
  ///
  /// - Parameters:
  ///   - bits: a word for 64 rows.
  ///   - words: the words of 64 places, a bit each.
  package func list(
    _ codes: CodeBlock, words: UInt64, rows bits: [UInt64], into rows: inout [UInt32]
  ) -> Int {
    precondition(bits.count == codes.rowCount / 64 && rows.count >= codes.rowCount, "a word for 64 rows")
    // SAFETY: the bits are of rows of the block, and there is room for all, checked above.
    return unsafe codes.places.withUnsafeBufferPointer { place in
      unsafe bits.withUnsafeBufferPointer { bits in
        unsafe rows.withUnsafeMutableBufferPointer { rows in
          unsafe wk_list_rows(bits.baseAddress, bits.count, place.baseAddress, words, rows.baseAddress)
        }
      }
    }
  }

  /// Keeps those of the rows listed at some places whose scores may reach a threshold by their 8-bit codes too.
  ///
  /// - Parameters:
  ///   - kept: has room for as many rows as `places` has.
  ///   - lower: takes, for each row kept, what its score is at least, as `CodeQuery.score(atLeast:)` reads it.
  /// - Returns: how many rows were kept.
  package func refine(
    _ codes: CodeBlock, _ query: CodeQuery, atLeast score: Float, _ rows: [UInt32], _ places: Range<Int>,
    into kept: inout [UInt32], lower: inout [Float]
  ) -> Int {
    precondition(query.width == codes.width, "a query of another width")
    precondition(places.lowerBound >= 0 && places.upperBound <= rows.count, "places \(places) of \(rows.count)")
    precondition(places.count <= kept.count && places.count <= lower.count, "room for \(places.count) rows")
    let last = UInt32(codes.rowCount)
    // A loop without an exit, which the compiler can turn into vectors.
    precondition(rows[places].reduce(true) { $0 && $1 < last }, "a row beyond the block")
    // SAFETY: the rows are rows of the block, and the rest is checked above; the query's values are as long as a row.
    return unsafe rows.withUnsafeBufferPointer { rows in
      unsafe kept.withUnsafeMutableBufferPointer { kept in
        unsafe lower.withUnsafeMutableBufferPointer { lower in
          guard let base = rows.baseAddress, !places.isEmpty else { return 0 }
          var probe = unsafe wk_byte_query(
            values: query.values.storage.base, offset: query.refineOffset, error: query.refineError,
            at_least: query.refineThreshold(score))
          return unsafe wk_refine(
            isa, codes.rowBytes, codes.byteScales, codes.width, &probe, base + places.lowerBound, places.count,
            kept.baseAddress, lower.baseAddress)
        }
      }
    }
  }

  /// Rows 0..<rowCount by their norms, descending, as far as 16 bits of their squares tell them apart.
  func longestFirst(_ matrix: FloatMatrix, rowCount: Int) -> [UInt16] {
    var keys = [UInt16](repeating: 0, count: rowCount)
    for row in 0..<rowCount {
      var square: Float = 0
      // SAFETY: the row lies inside the matrix, whose rows are padded as a query is; `square` has room for one score.
      unsafe wk_dots(
        isa, matrix.base + row * matrix.stride, matrix.base + row * matrix.stride, matrix.stride, 1, &square)
      // A sum of squares has no sign, so its bits have its order; they are turned round.
      keys[row] = UInt16(truncatingIfNeeded: ~square.bitPattern >> 15)
    }
    // By the low byte, then by the high one; rows with equal keys stay in their order.
    var order = [UInt16](repeating: 0, count: rowCount)
    var (next, from) = (order, keys.indices.map { UInt16($0) })
    for shift: UInt16 in [0, 8] {
      var starts = [Int](repeating: 0, count: 257)
      for key in keys { starts[Int(key >> shift & 255) + 1] += 1 }
      for digit in 1..<257 { starts[digit] += starts[digit - 1] }
      for row in from {
        let digit = Int(keys[Int(row)] >> shift & 255)
        next[starts[digit]] = row
        starts[digit] += 1
      }
      (order, from) = (next, next)
    }
    return order
  }
}
