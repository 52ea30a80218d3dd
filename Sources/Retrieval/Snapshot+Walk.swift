import Bytes
package import Vocabulary

extension Snapshot {
  /// Calls `body` with the address and id of items from an address on, in the order of addresses, until it returns
  /// false or `rowsMax` rows, dead ones included, were passed.
  ///
  /// - Returns: where to go on, which is the item that `body` returned false for; `nil` at the end.
  package func walk(
    from start: RowAddress, rowsMax: Int, _ body: (RowAddress, ItemID) -> Bool
  ) -> RowAddress? {
    var passed = 0
    var row = start.row
    for (position, view) in views.enumerated().dropFirst(start.block) {
      while row < view.rowCount {
        let address = RowAddress(block: position, row: row)
        guard passed < rowsMax else { return address }
        passed += 1
        guard !view.alive[row] || body(address, ItemID(view.block.ids[row])) else { return address }
        row += 1
      }
      row = 0
    }
    return nil
  }

  /// Bytes that the item at an address takes on its way to another shard, about.
  package func byteCount(at address: RowAddress) -> Int {
    let view = views[address.block]
    var bytes = 16 + 4 * (schema.embeddingDimension + schema.rerankDimension)
    for attribute in schema.attributes.indices {
      switch view.value(attribute, row: address.row, keywords: keywords) {
      case .keyword(let text), .text(let text): bytes += 4 + text.utf8.count
      case .keywordSet(let texts): bytes += texts.reduce(4) { $0 + 4 + $1.utf8.count }
      case .int, .float, .bool, nil: bytes += 8
      }
    }
    return bytes
  }
}
