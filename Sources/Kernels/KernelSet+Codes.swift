internal import CKernels

extension KernelSet {
  /// How many queries one scan serves best.
  package static var scanQueries: Int { 16 }

  /// Finds the rows of a block whose scores may reach a threshold, by their 4-bit codes, for several queries in one
  /// pass: no row that reaches it is left out.
  ///
  /// - Parameters:
  ///   - scores: the thresholds, one a query.
  ///   - reached: bit r % 64 of word `stride * k + r / 64` tells of query k and row r; `stride` is 16 words.
  package func scan(
    _ codes: CodeBlock, _ queries: [CodeQuery], atLeast scores: [Float], into reached: inout [UInt64]
  ) {
    let words = 16
    precondition(codes.rowCount <= 64 * words && codes.rowCount % 64 == 0, "a block of \(codes.rowCount) rows")
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

  /// Keeps the rows of a block whose scores may reach a threshold, by their 8-bit codes, in order.
  package func refine(_ codes: CodeBlock, _ query: CodeQuery, atLeast score: Float, rows: inout [UInt32]) {
    precondition(query.width == codes.width, "a query of another width")
    let limit = codes.rowCount
    precondition(rows.allSatisfy { Int($0) < limit }, "a row beyond \(limit)")
    let (offset, error) = query.refineCoefficients
    // SAFETY: every row lies inside the block, checked above; the query's values are as long as a row; the rows kept
    // never overtake those read.
    let kept = unsafe rows.withUnsafeMutableBufferPointer { rows in
      guard let base = rows.baseAddress else { return 0 }
      var probe = unsafe wk_byte_query(
        values: query.values.storage.base, offset: offset, error: error, at_least: query.refineThreshold(score))
      return unsafe wk_refine(
        isa, codes.rowBytes, codes.byteScales, codes.width, &probe, base, rows.count, base)
    }
    rows.removeLast(rows.count - kept)
  }

  /// Fetches the 8-bit codes of rows towards the cache.
  package func prefetch(_ codes: CodeBlock, rows: [UInt32]) {
    let limit = codes.rowCount
    precondition(rows.allSatisfy { Int($0) < limit }, "a row beyond \(limit)")
    // SAFETY: every row lies inside the block, checked above.
    unsafe rows.withUnsafeBufferPointer { rows in
      guard let base = rows.baseAddress else { return }
      unsafe wk_prefetch(codes.rowBytes, codes.width, base, rows.count)
    }
  }
}
