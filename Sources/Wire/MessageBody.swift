/// How a section of a message likes to be compressed.
package enum SectionHint: Sendable {
  /// LZ4 without a filter: names, strings, mixed fields.
  case plain
  /// Byte shuffle of width 8, then LZ4: columns of numbers.
  case columns
  /// Never tried: vectors of float32, random bytes.
  case raw
}

/// A stretch of a message whose bytes are alike.
package struct Section: Sendable {
  package let hint: SectionHint
  package let bytes: [UInt8]

  /// A section of bytes; a fragment never spans two sections.
  ///
  /// - Precondition: `.columns` holds a multiple of 8 bytes.
  package init(_ hint: SectionHint, _ bytes: [UInt8]) {
    precondition(hint != .columns || bytes.count % 8 == 0, "columns come in eights")
    self.hint = hint
    self.bytes = bytes
  }
}

/// The body of a message that leaves: its sections one after another, whose order and bounds the receiver never sees.
package struct MessageBody: Sendable {
  package var sections: [Section]
  /// The body version that the header says.
  package let version: UInt16

  /// A body of sections in order. A `.columns` section starts at a multiple of 8 when those before it are padded.
  package init(_ sections: [Section], version: UInt16 = FrameHeader.bodyVersion) {
    self.sections = sections
    self.version = version
  }

  /// A body of one section.
  package init(_ bytes: [UInt8], hint: SectionHint = .plain, version: UInt16 = FrameHeader.bodyVersion) {
    self.init([Section(hint, bytes)], version: version)
  }

  /// A body without bytes.
  package static let empty = MessageBody([])

  /// Bytes of the whole body, uncompressed.
  package var byteCount: Int { sections.reduce(0) { $0 + $1.bytes.count } }

  /// The whole body as the receiver will see it.
  package var bytes: [UInt8] {
    if sections.count == 1 { return sections[0].bytes }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount)
    for section in sections { bytes += section.bytes }
    return bytes
  }
}
