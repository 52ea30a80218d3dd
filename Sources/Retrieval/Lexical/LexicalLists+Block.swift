extension LexicalLists {
  /// The lists of one full block.
  convenience init(_ pending: PendingTerms, _ block: Block, position: Int) {
    var postings: [(key: UInt64, impact: Float)] = []
    var counts: [UInt32: Int] = [:]
    for row in 0..<block.capacity {
      pending.forEach(row) { code, impact in
        postings.append((UInt64(code) << UInt64(Block.rowBits) | UInt64(row), impact))
        counts[impact.bitPattern, default: 0] += 1
      }
    }
    postings.sort { $0.key < $1.key }
    var writer = LexicalListsWriter(ImpactTable(counts), byteCount: 3 * postings.count)
    for (key, impact) in postings {
      writer.add(
        UInt32(key >> UInt64(Block.rowBits)), row: Int(key & UInt64(Block.rowsMax - 1)),
        place: writer.table.place(of: impact), impact: impact)
    }
    self.init(writer, [Place(block: block, position: position, firstRow: 0)])
  }
}
