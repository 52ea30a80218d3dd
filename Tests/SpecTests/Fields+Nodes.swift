import Placement
import Vocabulary
import Wire

extension StatusRequest: Showable {
  func show(in sheet: inout FieldSheet) {}
}

extension StatusResponse: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("role", .small(role.rawValue))
    sheet.put("state", .number(isDraining ? 2 : 1))
    sheet.put("shard", .small(shard?.rawValue ?? .max))
    sheet.put("epoch", .small(epoch.rawValue))
    sheet.put("uptime_us", .wide(uptimeMicroseconds))
    sheet.put("cluster_id", .hex(cluster.bytes))
    sheet.put("incarnation", .hex(incarnation.bytes))
    sheet.put("program", build)
    sheet.put(
      "collections", collections,
      [
        ("name", { .text($0.name) }), ("generation", { .small($0.generation.rawValue) }),
        ("items", { .wide($0.items) }), ("memory_bytes", { .wide($0.memoryBytes) }), ("model", { .wide($0.model) }),
      ])
    sheet.put(
      "shards", shards,
      [
        ("id", { .small($0.id.rawValue) }), ("slots", { .small($0.slots) }), ("state", { .small($0.state.rawValue) }),
        ("cause", { .small($0.missing?.rawValue ?? 0) }), ("items", { .wide($0.items) }),
        ("incarnation", { .hex($0.incarnation.bytes) }), ("address", { .text($0.address) }),
      ])
    sheet.put(
      "links", links,
      [
        ("peer", { .text($0.peer) }), ("frames_out", { .wide($0.framesOut) }),
        ("raw_bytes_out", { .wide($0.rawBytesOut) }), ("wire_bytes_out", { .wide($0.wireBytesOut) }),
        ("frames_in", { .wide($0.framesIn) }), ("raw_bytes_in", { .wide($0.rawBytesIn) }),
        ("wire_bytes_in", { .wide($0.wireBytesIn) }),
      ])
  }
}

extension ShardMap: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("epoch", .small(epoch.rawValue))
    sheet.put("cluster_id", .hex(clusterID))
    sheet.put(
      "shards", shards,
      [
        ("id", { .small($0.id.rawValue) }), ("weight", { .small($0.weight) }), ("address", { .text($0.address) }),
        ("replicas", { .text($0.replicas.joined(separator: "|")) }),
      ])
    sheet.put("owners", list: owners.map(FieldValue.small))
  }
}

extension ShardMapRequest: Showable {
  func show(in sheet: inout FieldSheet) {
    switch step {
    case .read:
      sheet.put("kind", .number(1))
      sheet.put("shard", .number(0))
    case .install(let map, let shard):
      sheet.put("kind", .number(2))
      sheet.put("shard", .small(shard.rawValue))
      map.show(in: &sheet)
    }
  }
}

extension ShardMapResponse: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("has_map", .flag(map != nil))
    map?.show(in: &sheet)
  }
}

extension MetricsRequest: Showable {
  func show(in sheet: inout FieldSheet) {}
}

extension MetricsResponse: Showable {
  func show(in sheet: inout FieldSheet) { sheet.put("text", text) }
}

extension Echo: Showable {
  func show(in sheet: inout FieldSheet) { sheet.put("data", .hex(bytes)) }
}
