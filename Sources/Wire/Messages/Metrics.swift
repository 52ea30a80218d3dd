/// METRICS: all counters of a node, as text (`proto-spec/03-messages/metrics.md`).
package struct MetricsRequest: RequestMessage, Equatable {
  package typealias Reply = MetricsResponse
  package static let opcode = Opcode.metrics

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {}
}

/// The answer to METRICS.
package struct MetricsResponse: Message, FieldGroup, Equatable {
  /// Prometheus text exposition format.
  package var text = ""

  package init() {}

  package init(text: String) { self.text = text }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.field(
      "text", &text,
      read: { (reader) throws(WireError) in
        let at = reader.offset
        let bytes = try reader.raw(try reader.count(UInt32.self, elementSize: 1, limit: .max))
        guard let text = String(validating: bytes, as: UTF8.self) else {
          throw WireError(.badUTF8, fieldOffset: at, message: "a text is UTF-8")
        }
        return text
      },
      write: { text, writer in
        writer.write(UInt32(text.utf8.count))
        writer.write(bytes: text.utf8)
      }, show: { $1.put("text", .text($0)) })
  }
}
