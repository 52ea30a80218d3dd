import Vocabulary
import Wire

extension SnapshotRequest: Showable {
  func show(in sheet: inout FieldSheet) {
    var fields: (kind: Int, shard: UInt16, part: UInt64) = (1, 0, 0)
    var number: UInt8 = 0
    switch step {
    case .begin(let keys):
      sheet.put(
        "collections", keys, [("generation", { .small($0.generation.rawValue) }), ("name", { .text($0.name) })])
    case .read(let shard, let part): fields = (2, shard.rawValue, part)
    case .end: fields.kind = 3
    case .readModel(let key, let file, let offset):
      fields = (5, 0, offset)
      number = file.rawValue
      sheet.put("generation", .small(key.generation.rawValue))
      sheet.put("collection", key.name)
    case .write(let contents):
      fields.kind = 4
      contents.show(in: &sheet)
    }
    sheet.put("kind", .small(fields.kind))
    sheet.put("file", .small(number))
    sheet.put("shard", .small(fields.shard))
    sheet.put("snapshot", .wide(snapshot))
    sheet.put("part", .wide(fields.part))
  }
}

extension SnapshotResponse: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("state", .small(state.rawValue))
    sheet.put("has_part", .flag(contents != nil))
    sheet.put("part", .wide(part))
    sheet.put("items", .wide(items))
    sheet.put("bytes", .wide(byteCount))
    sheet.put("shards", list: shards.map { .small($0.rawValue) })
    sheet.put(
      "collections", collections,
      [
        ("generation", { .small($0.key.generation.rawValue) }), ("model", { .wide($0.model) }),
        ("name", { .text($0.key.name) }), ("dimension", { .small($0.schema.embeddingDimension) }),
        ("rerank_dimension", { .small($0.schema.rerankDimension) }),
        ("attributes", { .text($0.schema.shownAttributes) }),
      ])
    sheet.put("data", .hex(data))
    contents?.show(in: &sheet)
  }
}
