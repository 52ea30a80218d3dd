/// The compression of payloads that the two sides of a connection agreed on.
package struct Compression: Hashable, Sendable {
  /// Whether LZ4 blocks may travel.
  package var lz4: Bool
  /// Whether the byte shuffle of width 4 may travel.
  package var shuffle4: Bool
  /// Whether the byte shuffle of width 8 may travel.
  package var shuffle8: Bool

  /// A choice of what may travel.
  package init(lz4: Bool, shuffle4: Bool, shuffle8: Bool) {
    self.lz4 = lz4
    self.shuffle4 = shuffle4
    self.shuffle8 = shuffle8
  }

  /// Payloads travel as they are.
  package static let none = Compression(lz4: false, shuffle4: false, shuffle8: false)
  /// Everything that this program knows.
  package static let all = Compression(lz4: true, shuffle4: true, shuffle8: true)

  /// Number of the LZ4 block compression in HELLO and WELCOME.
  package static let lz4Number: UInt8 = 1
  /// Bytes of an element that a filter's number shuffles; `nil` if the number is unknown.
  package static func width(filter: UInt8) -> Int? {
    switch filter {
    case 1: 4
    case 2: 8
    default: nil
    }
  }

  /// Numbers of the filters in HELLO and WELCOME.
  package var filterNumbers: [UInt8] { (shuffle4 ? [1] : []) + (shuffle8 ? [2] : []) }
}
