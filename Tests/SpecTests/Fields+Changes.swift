import Vocabulary
import Wire

extension CollectionSchema: Showable {
  var shownAttributes: String { attributes.map { "\($0.type.word) \($0.name)" }.joined(separator: ", ") }

  func show(in sheet: inout FieldSheet) {
    sheet.put("dimension", .small(embeddingDimension))
    sheet.put("rerank_dimension", .small(rerankDimension))
    sheet.put("attributes", shownAttributes)
  }
}

extension CollectionCreateRequest: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("generation", .small(generation.rawValue))
    sheet.put("collection", name)
    schema.show(in: &sheet)
  }
}

extension CollectionCreateResponse: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("generation", .small(generation.rawValue))
    sheet.put("created", .flag(isCreated))
  }
}

extension CollectionDescribeRequest: Showable {
  func show(in sheet: inout FieldSheet) { sheet.put("collection", name ?? "") }
}

extension CollectionDescribeResponse: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put(
      "collections", collections,
      [
        ("name", { .text($0.name) }), ("generation", { .small($0.generation.rawValue) }),
        ("dimension", { .small($0.schema.embeddingDimension) }),
        ("rerank_dimension", { .small($0.schema.rerankDimension) }),
        ("attributes", { .text($0.schema.shownAttributes) }), ("items", { .wide($0.items) }),
        ("memory_bytes", { .wide($0.memoryBytes) }), ("model", { .wide($0.model) }),
        ("shards_answered", { .small($0.shardsAnswered) }), ("shards_in_map", { .small($0.shardCount) }),
      ])
  }
}

extension CollectionDropRequest: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("generation", .small(generation.rawValue))
    sheet.put("collection", name)
  }
}

extension CollectionDropResponse: Showable {
  func show(in sheet: inout FieldSheet) { sheet.put("items_removed", .wide(itemsRemoved)) }
}

extension ModelLoadRequest: Showable {
  func show(in sheet: inout FieldSheet) {
    var fields: (kind: Int, file: UInt8, total: UInt64, offset: UInt64) = (3, 0, 0, 0)
    var hash = [UInt8](repeating: 0, count: 32)
    var data: [UInt8] = []
    switch step {
    case .chunk(let file, let total, let offset, let bytes):
      fields = (1, file.rawValue, total, offset)
      data = bytes
    case .commit(let sha256):
      fields.kind = 2
      hash = sha256
    case .abort: break
    }
    sheet.put("upload", .wide(upload))
    sheet.put("kind", .small(fields.kind))
    sheet.put("file", .small(fields.file))
    sheet.put("generation", .small(generation.rawValue))
    sheet.put("total", .wide(fields.total))
    sheet.put("offset", .wide(fields.offset))
    sheet.put("sha256", .hex(hash))
    sheet.put("collection", collection)
    sheet.put("data", .hex(data))
  }
}

extension ModelLoadResponse: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("received", .wide(received))
    sheet.put("model", .wide(model))
    sheet.put("users", .wide(users))
    sheet.put("parameters", .wide(parameters))
  }
}

extension GenerationRequest: Showable {
  func show(in sheet: inout FieldSheet) {
    var fields: (kind: Int, generation: UInt32) = (1, 0)
    var content = ItemDigest()
    switch step {
    case .list: break
    case .stage: fields.kind = 2
    case .measure(let one): fields = (3, one.rawValue)
    case .activate(let one, let wanted):
      fields = (4, one.rawValue)
      content = wanted
    case .discard(let one): fields = (5, one.rawValue)
    }
    sheet.put("kind", .small(fields.kind))
    sheet.put("generation", .small(fields.generation))
    sheet.put("items", .wide(content.itemCount))
    sheet.put("digest", .hex(content.bytes))
    sheet.put("collection", collection)
    if case .stage(let schema) = step { schema.show(in: &sheet) }
  }
}

extension GenerationResponse: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put(
      "generations", generations,
      [
        ("generation", { .small($0.generation.rawValue) }), ("state", { .small($0.state.rawValue) }),
        ("items", { .wide($0.content.itemCount) }), ("memory_bytes", { .wide($0.memoryBytes) }),
        ("digest", { .hex($0.content.bytes) }), ("model", { .wide($0.model) }),
        ("shards", { .small($0.completeShards) }), ("shards_in_map", { .small($0.shardCount) }),
      ])
  }
}

extension ModelDescribeRequest: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("generation", .small(generation.rawValue))
    sheet.put("collection", collection)
  }
}

extension ModelDescribeResponse: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("loaded", .flag(isLoaded))
    sheet.put("generation", .small(generation.rawValue))
    sheet.put("model", .wide(model))
    sheet.put("users", .wide(users))
    sheet.put("parameters", .wide(parameters))
    sheet.put("manifest", .hex(manifest))
  }
}

extension UpsertRequest: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("writer", .wide(writer))
    sheet.put("op", .wide(op))
    sheet.put("generation", .small(generation.rawValue))
    sheet.put("n", .small(ids.count))
    sheet.put("dimension", .small(embeddingDimension))
    sheet.put("rerank_dimension", .small(rerankDimension))
    sheet.put("collection", collection)
    sheet.put(attributes)
    sheet.put("ids", ids)
    sheet.put("expected_versions", expectedVersions)
    sheet.put("embeddings", embeddings)
    sheet.put("rerank_vectors", rerank)
  }
}

extension DeleteRequest: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("writer", .wide(writer))
    sheet.put("op", .wide(op))
    sheet.put("generation", .small(generation.rawValue))
    sheet.put("n", .small(ids.count))
    sheet.put("collection", collection)
    sheet.put("ids", ids)
    sheet.put("expected_versions", expectedVersions)
  }
}

extension UpdateRequest: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("writer", .wide(writer))
    sheet.put("op", .wide(op))
    sheet.put("generation", .small(generation.rawValue))
    sheet.put("n", .small(ids.count))
    sheet.put("collection", collection)
    sheet.put(attributes)
    sheet.put("ids", ids)
    sheet.put("expected_versions", expectedVersions)
    for (index, column) in attributes.columns.enumerated() {
      sheet.put("removed.\(column.name)", list: ids.indices.map { .flag(isRemoved($0, column: index)) })
    }
  }
}

extension WriteResponse: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("n", .small(statuses.count))
    sheet.put("durability", .small(durability.rawValue))
    sheet.put("replayed", .flag(isReplayed))
    sheet.put("status", list: statuses.map { .small($0.rawValue) })
    sheet.put("versions", versions)
  }
}

extension FeedRequest: Showable {
  func show(in sheet: inout FieldSheet) {
    if case .complete(let feed) = step {
      sheet.put("kind", .number(2))
      sheet.put("feed", .wide(feed))
    } else {
      sheet.put("kind", .number(1))
      sheet.put("feed", "0")
    }
    sheet.put("collection", collection)
  }
}

extension FeedResponse: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("feed", .wide(feed))
    sheet.put("shards_incomplete", .small(incompleteShards))
    sheet.put("shards_in_map", .small(shardCount))
  }
}
