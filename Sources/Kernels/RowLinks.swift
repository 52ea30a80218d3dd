internal import CKernels

/// Which rows of one table flow into which rows of another, and with which share, in a fixed order.
package struct RowLinks: Sendable {
  package private(set) var from: [UInt32] = []
  package private(set) var to: [UInt32] = []
  package private(set) var shares: [Float] = []
  /// Rows that both tables must have at least.
  private(set) var rowsNeeded: (from: Int, to: Int) = (0, 0)

  package init() {}

  package mutating func append(from: UInt32, to: UInt32, share: Float) {
    self.from.append(from)
    self.to.append(to)
    shares.append(share)
    rowsNeeded = (max(rowsNeeded.from, Int(from) + 1), max(rowsNeeded.to, Int(to) + 1))
  }

  /// The same the other way, as gradients flow.
  package var reversed: RowLinks {
    var reversed = self
    swap(&reversed.from, &reversed.to)
    reversed.rowsNeeded = (rowsNeeded.to, rowsNeeded.from)
    return reversed
  }

  func withKernelLinks<Result>(_ body: (inout wk_links) -> Result) -> Result {
    // SAFETY: the arrays are of one length and outlive the call.
    unsafe from.withUnsafeBufferPointer { from in
      unsafe to.withUnsafeBufferPointer { to in
        unsafe shares.withUnsafeBufferPointer { shares in
          var links = unsafe wk_links(
            from: from.baseAddress, to: to.baseAddress, share: shares.baseAddress, count: from.count)
          return unsafe body(&links)
        }
      }
    }
  }
}

extension KernelSet {
  /// sums[to] = fma(share, rows[from], sums[to]) for each link in order whose `to` lies in `range`.
  package func add(_ rows: FloatMatrix, by links: RowLinks, to sums: FloatMatrix, range: Range<Int>) {
    precondition(rows.columns == sums.columns && rows !== sums, "rows of one width")
    precondition(links.rowsNeeded.from <= rows.rowCapacity && links.rowsNeeded.to <= sums.rowCapacity, "rows of links")
    precondition(range.lowerBound >= 0 && range.upperBound <= sums.rowCapacity, "range \(range)")
    // SAFETY: every row of a link is there, checked above; without stamps nothing is listed.
    _ = unsafe links.withKernelLinks { links in
      unsafe wk_add_links(
        isa, rows.base, &links, rows.stride, UInt32(range.lowerBound), UInt32(range.upperBound), 0, nil, sums.base, nil)
    }
  }
}
