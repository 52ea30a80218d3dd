import Bytes
import Placement
import Vocabulary
import Wire

extension SlotSet {
  fileprivate var words: [UInt64] {
    var writer = ByteWriter()
    write(to: &writer)
    var reader = ByteReader(writer.bytes)
    return (try? reader.readArray(count: 64)) ?? []
  }
}

extension TransferPart: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("generation", .small(key.generation.rawValue))
    sheet.put("n", .small(ids.count))
    sheet.put("gone", .small(gone.count))
    sheet.put("slot_count", .small(slotVersions.count))
    sheet.put("writer_count", .small(writers.count))
    sheet.put("dimension", .small(embeddingDimension))
    sheet.put("rerank_dimension", .small(rerankDimension))
    sheet.put("collection", key.name)
    sheet.put(attributes)
    sheet.put("ids", ids)
    sheet.put("versions", versions)
    sheet.put("gone_ids", gone.map(\.id))
    sheet.put("gone_versions", gone.map(\.version))
    sheet.put("part_slots", list: slotVersions.map { .small($0.slot.rawValue) })
    sheet.put("slot_versions", slotVersions.map(\.version))
    sheet.put("writers", writers.map(\.writer))
    sheet.put("ops", writers.map(\.op))
    var end = 0
    sheet.put(
      "answer_ends",
      list: writers.map {
        end += $0.answers.count
        return .small(end)
      })
    let answers = writers.flatMap(\.answers)
    sheet.put("answer_ids", answers.map(\.id))
    sheet.put("answer_versions", answers.map(\.version))
    sheet.put("answer_statuses", list: answers.map { .small($0.status.rawValue) })
    sheet.put("embeddings", embeddings)
    sheet.put("rerank_vectors", rerank)
  }
}

extension TransferRequest: Showable {
  func show(in sheet: inout FieldSheet) {
    var fields: (kind: Int, part: UInt64) = (0, 0)
    switch step {
    case .beginTarget(let slots):
      fields.kind = 1
      sheet.put("slots", slots.words)
    case .beginSource(let slots):
      fields.kind = 2
      sheet.put("slots", slots.words)
    case .read(let part): fields = (3, part)
    case .write(let part, let contents):
      fields = (4, part)
      contents.show(in: &sheet)
    case .freeze: fields.kind = 5
    case .end: fields.kind = 6
    case .digest(let slots, let key):
      fields.kind = 7
      sheet.put("slots", slots.words)
      sheet.put("generation", .small(key.generation.rawValue))
      sheet.put("collection", key.name)
    }
    sheet.put("kind", .small(fields.kind))
    sheet.put("transfer", .wide(transfer))
    sheet.put("part", .wide(fields.part))
  }
}

extension TransferResponse: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("state", .small(state.rawValue))
    sheet.put("has_part", .flag(contents != nil))
    sheet.put("part", .wide(part))
    sheet.put("items", .wide(items))
    sheet.put("bytes", .wide(byteCount))
    sheet.put("changed", .wide(changed))
    sheet.put("digest", .hex(digest.bytes))
    contents?.show(in: &sheet)
  }
}
