/// What has passed over a link, in both directions: payload bytes before (raw) and after compression (wire), without
/// headers.
package struct Traffic: Hashable, Sendable {
  package var framesIn: UInt64 = 0
  package var framesOut: UInt64 = 0
  package var wireBytesIn: UInt64 = 0
  package var wireBytesOut: UInt64 = 0
  package var rawBytesIn: UInt64 = 0
  package var rawBytesOut: UInt64 = 0

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
  }
}
