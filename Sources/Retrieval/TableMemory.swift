import Bytes
import Kernels

/// Bytes that a table occupies, by what they hold; rows not yet written and dead rows included.
package struct TableMemory: Equatable, Sendable {
  /// Ids, versions and alive bits.
  package private(set) var rowBytes = 0
  package private(set) var embeddingBytes = 0
  package private(set) var rerankBytes = 0
  /// Codes of embeddings, 4 and 8 bits a dimension.
  package private(set) var codeBytes = 0
  /// Columns with presence, texts and keyword sets.
  package private(set) var attributeBytes = 0
  /// Inverted lists and bands of columns, for filters.
  package private(set) var listBytes = 0
  /// Terms of items and their lists, for the search by words.
  package private(set) var wordBytes: Int
  /// Estimated: the keyword dictionary.
  package let keywordBytes: Int
  /// Estimated: from ids to rows.
  package let indexBytes: Int

  init(wordBytes: Int, keywordBytes: Int, indexBytes: Int) {
    self.wordBytes = wordBytes
    self.keywordBytes = keywordBytes
    self.indexBytes = indexBytes
  }

  /// All parts by name.
  package var parts: [(name: String, bytes: Int)] {
    [
      ("rows", rowBytes), ("embeddings", embeddingBytes), ("codes", codeBytes), ("rerank", rerankBytes),
      ("attributes", attributeBytes), ("lists", listBytes), ("words", wordBytes), ("keywords", keywordBytes),
      ("index", indexBytes),
    ]
  }

  /// The sum of all parts.
  package var totalBytes: Int { parts.reduce(0) { $0 + $1.bytes } }

  mutating func add(_ view: BlockView) {
    let block = view.block
    rowBytes += block.capacity * 16 + view.alive.words.count * 8
    embeddingBytes += block.embeddings.rowCapacity * block.embeddings.stride * 4
    if let encoded = view.encoded { codeBytes += encoded.byteCount }
    if let reranks = block.reranks { rerankBytes += reranks.rowCapacity * reranks.stride * 4 }
    if let lists = view.lists { listBytes += lists.byteCount }
    if let pending = view.pending { wordBytes += pending.byteCount }
    attributeBytes += block.presence.capacity * 8 + view.texts.byteCount + view.codes.byteCount
    for column in block.columns { attributeBytes += column.byteCount }
  }
}

extension Block.Column {
  fileprivate var byteCount: Int {
    switch self {
    case .int(let values): values.capacity * 8
    case .float(let values): values.capacity * 8
    case .keyword(let values): values.capacity * 4
    case .keywordSet(let extents), .text(let extents): extents.capacity * MemoryLayout<Extent>.stride
    case .bool(let values): values.capacity
    }
  }
}
