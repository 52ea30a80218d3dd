internal import CKernels

extension KernelSet {
  /// How many queries one scan serves best.
  package static var scanQueries: Int { 16 }

  /// Finds the rows of a block whose scores may reach a threshold, by their 4-bit codes, for several queries in one
  /// pass: no row that reaches it is left out.
  ///
  /// - Parameters:
  ///   - scores: the thresholds, one a query.
  ///   - reached: bit r % 64 of word `w * k + r / 64` tells of query k and row r; w is a 64th of the rows.
  package func scan(
    _ codes: CodeBlock, _ queries: [CodeQuery], atLeast scores: [Float], into reached: inout [UInt64]
  ) {
    let words = codes.rowCount / 64
    precondition(codes.rowCount % 64 == 0, "a block of \(codes.rowCount) rows")
    precondition(queries.count == scores.count && queries.count * words <= reached.count, "a threshold a query")
    // SAFETY: the temporary holds one probe a query, all initialised; the queries outlive the call, and their bytes are
    // as long as the block is wide; `reached` has 64 * 16 bits a query.
    unsafe withUnsafeTemporaryAllocation(of: wk_code_query.self, capacity: queries.count) { probes in
      for (k, query) in queries.enumerated() {
        precondition(query.width == codes.width, "a query of another width")
        let (offset, error) = query.scanCoefficients(codes)
        unsafe probes.initializeElement(
          at: k,
          to: wk_code_query(
            bytes: query.bytes, offset: offset, error: error, at_least: query.scanThreshold(scores[k])))
      }
      unsafe reached.withUnsafeMutableBytes { reached in
        guard let probes = probes.baseAddress,
          let bits = unsafe reached.baseAddress?.assumingMemoryBound(to: UInt16.self)
        else { return }
        unsafe wk_scan(
          isa, codes.records.assumingMemoryBound(to: UInt8.self), codes.rowCount / 16, codes.width, probes,
          queries.count, bits, 4 * words)
      }
    }
    withExtendedLifetime(queries) {}
  }

  /// Lists the rows of a block whose scores may reach a threshold by their 8-bit codes too, ascending, of those that
  /// a scan reached.
  ///
  /// - Parameters:
  ///   - reached: what `scan` wrote for this query, a word for 64 rows, or a part of it.
  ///   - first: the word of the block that `reached` begins with.
  ///   - mask: only rows of set bits are listed; `nil` admits all.
  ///   - rows: has room for every row of the block.
  /// - Returns: how many rows were listed.
  package func refine(
    _ codes: CodeBlock, _ query: CodeQuery, atLeast score: Float, reached: ArraySlice<UInt64>, from first: Int = 0,
    mask: [UInt64]? = nil, into rows: inout [UInt32]
  ) -> Int {
    let words = codes.rowCount / 64
    precondition(query.width == codes.width, "a query of another width")
    precondition(first >= 0 && first + reached.count <= words, "words \(first)... of \(words)")
    precondition((mask?.count ?? words) == words, "a word for 64 rows")
    precondition(rows.count >= codes.rowCount, "room for \(codes.rowCount) rows")
    let (count, firstRow) = (reached.count, 64 * first)
    let (offset, error) = query.refineCoefficients
    // SAFETY: the words are words of the block and the mask's, and there is room for all rows, checked above; listed rows
    // count from `firstRow`, as codes and scales are handed over; the query's values are as long as a row; the rows kept
    // never overtake those read.
    return unsafe rows.withUnsafeMutableBufferPointer { rows in
      unsafe reached.withUnsafeBufferPointer { reached in
        guard let rows = rows.baseAddress, let bits = reached.baseAddress else { return 0 }
        let found =
          if let mask {
            unsafe mask.withUnsafeBufferPointer { mask in
              unsafe wk_list_bits(bits, mask.baseAddress.map { unsafe $0 + first }, count, rows)
            }
          } else {
            unsafe wk_list_bits(bits, nil, count, rows)
          }
        guard found > 0 else { return 0 }
        var probe = unsafe wk_byte_query(
          values: query.values.storage.base, offset: offset, error: error, at_least: query.refineThreshold(score))
        let kept = unsafe wk_refine(
          isa, codes.rowBytes + firstRow * codes.width, codes.byteScales + firstRow, codes.width, &probe, rows, found,
          rows)
        for i in 0..<(first > 0 ? kept : 0) { unsafe rows[i] += UInt32(firstRow) }
        return kept
      }
    }
  }
}
