/// What has passed over a link, in both directions: payload bytes before (raw) and after compression (wire), without
/// headers, and what compression took.
package struct Traffic: Hashable, Sendable {
  package var framesIn: UInt64 = 0
  package var framesOut: UInt64 = 0
  package var wireBytesIn: UInt64 = 0
  package var wireBytesOut: UInt64 = 0
  package var rawBytesIn: UInt64 = 0
  package var rawBytesOut: UInt64 = 0
  /// Nanoseconds of a core, also for payloads that did not get smaller and travelled raw.
  package var compressionNanoseconds: UInt64 = 0
  /// Nanoseconds of a core.
  package var decompressionNanoseconds: UInt64 = 0

  /// Nothing yet.
  package init() {}

  /// Adds what another link has carried.
  package static func += (a: inout Traffic, b: Traffic) {
    a.framesIn &+= b.framesIn
    a.framesOut &+= b.framesOut
    a.wireBytesIn &+= b.wireBytesIn
    a.wireBytesOut &+= b.wireBytesOut
    a.rawBytesIn &+= b.rawBytesIn
    a.rawBytesOut &+= b.rawBytesOut
    a.compressionNanoseconds &+= b.compressionNanoseconds
    a.decompressionNanoseconds &+= b.decompressionNanoseconds
  }
}

/// The traffic with one peer, or with all peers of a kind.
package struct LinkTraffic: Hashable, Sendable {
  /// An address, or a kind of peer: `clients`, `coordinator`.
  package let peer: String
  package let traffic: Traffic

  package init(_ peer: String, _ traffic: Traffic) {
    self.peer = peer
    self.traffic = traffic
  }

  /// A reading of a metric: labels and value.
  package typealias Reading = (labels: [(name: String, value: String)], value: Double)

  /// Payload bytes by direction (`in`, `out`) and by form: `raw` before compression, `wire` as they travelled.
  package var byteReadings: [Reading] {
    [
      ("in", "raw", traffic.rawBytesIn), ("in", "wire", traffic.wireBytesIn), ("out", "raw", traffic.rawBytesOut),
      ("out", "wire", traffic.wireBytesOut),
    ].map { direction, form, bytes in
      ([("peer", peer), ("direction", direction), ("form", form)], Double(bytes))
    }
  }

  /// Seconds of compression (`out`) and decompression (`in`).
  package var compressionReadings: [Reading] {
    [("in", traffic.decompressionNanoseconds), ("out", traffic.compressionNanoseconds)].map { direction, nanoseconds in
      ([("peer", peer), ("direction", direction)], Double(nanoseconds) / 1e9)
    }
  }
}
