/// METRICS: all counters of a node, as text (`proto-spec/03-messages/metrics.md`).
package struct MetricsRequest: RequestMessage, Equatable {
  package typealias Reply = MetricsResponse
  package static let opcode = Opcode.metrics

  package init() {}

  package init(from reader: inout BodyReader) throws(WireError) {}

  package func write(to writer: inout BodyWriter) {}
}

/// The answer to METRICS.
package struct MetricsResponse: Message, Equatable {
  /// Prometheus text exposition format.
  package var text: String

  package init(text: String) { self.text = text }

  package init(from reader: inout BodyReader) throws(WireError) {
    let at = reader.offset
    let bytes = try reader.raw(try reader.count(UInt32.self, elementSize: 1, limit: .max))
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw WireError(.badUTF8, fieldOffset: at, message: "a text is UTF-8")
    }
    self.text = text
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(UInt32(text.utf8.count))
    writer.write(bytes: text.utf8)
  }
}
