import Placement
import Vocabulary
import Wire

extension StatusRequest: Showable {
  func show(in sheet: inout FieldSheet) {}
}

extension StatusResponse: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("role", .small(role.rawValue))
    sheet.put("state", .number(Int(state.rawValue)))
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

extension RebalanceRequest: Showable {
  func show(in sheet: inout FieldSheet) {
    var (shard, target, slots, weight, address) = (UInt16(0), UInt16(0), 0, UInt16(0), "")
    var options = Options()
    switch step {
    case .status, .pause, .cancel: break
    case .resume(let bytesPerSecond): options.bytesPerSecond = bytesPerSecond
    case .remove(let id, let isDryRun): (shard, options.isDryRun) = (id.rawValue, isDryRun)
    case .begin(.balance, let chosen): options = chosen
    case .begin(.add(let new, let share), let chosen): (address, weight, options) = (new, share, chosen)
    case .begin(.drain(let id), let chosen): (shard, options) = (id.rawValue, chosen)
    case .begin(.move(let count, let from, let to), let chosen):
      (slots, shard, target, options) = (count, from.rawValue, to.rawValue, chosen)
    }
    sheet.put("kind", .small(step.kind))
    sheet.put("flags", .small((options.isDryRun ? 1 : 0) + (options.verifies ? 2 : 0)))
    sheet.put("shard", .small(shard))
    sheet.put("target", .small(target))
    sheet.put("slots", .small(slots))
    sheet.put("weight", .small(weight))
    sheet.put("bytes_per_second", .wide(options.bytesPerSecond))
    sheet.put("address", address)
  }
}

extension RebalanceResponse: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("state", .small(state.rawValue))
    sheet.put("kind", .small(kind))
    sheet.put("phase", .small(phase.rawValue))
    sheet.put("verify", .small(verifies ? 1 : 0))
    sheet.put("epoch", .small(epoch.rawValue))
    sheet.put("plan", .wide(plan))
    sheet.put("slots", .small(slots))
    sheet.put("slots_left", .small(slotsLeft))
    sheet.put("shard", .small(source?.rawValue ?? .max))
    sheet.put("target", .small(target?.rawValue ?? .max))
    for (name, value) in [
      ("items", items), ("items_copied", itemsCopied), ("bytes", bytes), ("bytes_copied", bytesCopied),
      ("us", microseconds), ("us_left", microsecondsLeft), ("bytes_per_second", bytesPerSecond),
    ] { sheet.put(name, .wide(value)) }
    sheet.put("longest_freeze_us", .small(frozenMicrosecondsMax))
    sheet.put("failures", .small(failures))
    sheet.put("reason", reason)
    sheet.put(
      "moves", moves,
      [
        ("shard", { .small($0.source.rawValue) }), ("target", { .small($0.target.rawValue) }),
        ("slots", { .small($0.slots) }),
      ])
  }
}
