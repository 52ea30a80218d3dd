import Wire

extension Features {
  var shown: String {
    entries.map { "\(FieldValue.pattern($0.type, digits: 4)):\($0.value.hex)" }.joined(separator: ", ")
  }
}

extension Hello: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("min_version", .small(wireVersionMin))
    sheet.put("max_version", .small(wireVersionMax))
    sheet.put("role", .small(role.rawValue))
    sheet.put("cluster_id", .hex(clusterID.bytes))
    sheet.put("incarnation", .hex(incarnation.bytes))
    sheet.put("nonce", .hex(nonce))
    sheet.put("max_payload_wire", .small(payloadWireBytesMax))
    sheet.put("max_payload_raw", .small(payloadRawBytesMax))
    sheet.put("compressions", list: compressions.map(FieldValue.small))
    sheet.put("filters", list: filters.map(FieldValue.small))
    sheet.put("program", program)
    sheet.put("features", features.shown)
  }
}

extension Welcome: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("version", .small(wireVersion))
    sheet.put("role", .small(role.rawValue))
    sheet.put("compression", .small(compression))
    sheet.put("authentication", .small(authentication))
    sheet.put("cluster_id", .hex(clusterID.bytes))
    sheet.put("incarnation", .hex(incarnation.bytes))
    sheet.put("nonce", .hex(nonce))
    sheet.put("max_payload_wire", .small(payloadWireBytesMax))
    sheet.put("max_payload_raw", .small(payloadRawBytesMax))
    sheet.put("max_message", .small(messageBytesMax))
    sheet.put("credits", .small(credits))
    sheet.put("epoch", .small(epoch))
    sheet.put("idle_ms", .small(idleMilliseconds))
    sheet.put("filters", list: filters.map(FieldValue.small))
    sheet.put("program", program)
    sheet.put("features", features.shown)
  }
}

extension Ping: Showable {
  func show(in sheet: inout FieldSheet) { sheet.put("payload", .hex(body)) }
}

extension Cancel: Showable {
  func show(in sheet: inout FieldSheet) { sheet.put("request_id", .wide(requestID)) }
}

extension Credit: Showable {
  func show(in sheet: inout FieldSheet) { sheet.put("credits", .small(count)) }
}

extension GoAway: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("last_id", .wide(lastRequestID))
    sheet.put("code", .small(reason.rawValue))
    sheet.put("drain_ms", .small(milliseconds))
  }
}

extension WireError: Showable {
  func show(in sheet: inout FieldSheet) {
    sheet.put("code", .small(code.rawValue))
    sheet.put("class", .small(errorClass.rawValue))
    sheet.put("retry_after_ms", .small(retryAfterMilliseconds))
    sheet.put("field_offset", .small(fieldOffset ?? .max))
    sheet.put("shard", .small(shard ?? .max))
    sheet.put("epoch", .small(epoch))
    sheet.put("message", message)
  }
}
