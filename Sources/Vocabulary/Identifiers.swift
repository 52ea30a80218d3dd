/// An item of the shop: the 64-bit number by which clients and shards know it.
public struct ItemID: RawRepresentable, Hashable, Comparable, Sendable {
  public let rawValue: UInt64

  public init(rawValue: UInt64) { self.rawValue = rawValue }

  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  public static func < (a: ItemID, b: ItemID) -> Bool { a.rawValue < b.rawValue }
}

/// A shopper: the 64-bit number under which the model's user table keeps them.
public struct UserID: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt64

  public init(rawValue: UInt64) { self.rawValue = rawValue }

  public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

extension UInt64 {
  /// The number that text spells in the one way that an id, a version or another number of 64 bits is spelt: ASCII digits
  /// without a sign, zeros in front or blanks.
  ///
  /// `UInt64("+5")` and `UInt64("007")` are numbers to Swift: with them one item would have several names.
  public init?(digits text: some StringProtocol) {
    let bytes = text.utf8
    guard (1...20).contains(bytes.count), bytes.allSatisfy({ (0x30...0x39).contains($0) }),
      bytes.count == 1 || bytes.first != 0x30
    else { return nil }
    self.init(text)
  }
}

/// A shard's place in the shard map.
public struct ShardID: RawRepresentable, Hashable, Comparable, Sendable {
  public let rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public init(_ rawValue: UInt16) { self.rawValue = rawValue }

  public static func < (a: ShardID, b: ShardID) -> Bool { a.rawValue < b.rawValue }
}

/// The version of the shard map; 0 is what clients send and no map ever has.
public struct Epoch: RawRepresentable, Hashable, Comparable, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public init(_ rawValue: UInt32) { self.rawValue = rawValue }

  public static func < (a: Epoch, b: Epoch) -> Bool { a.rawValue < b.rawValue }
}

/// One version of query tower, item vectors, MLP and feature schema of a collection; 0 asks for the active one.
public struct Generation: RawRepresentable, Hashable, Comparable, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public init(_ rawValue: UInt32) { self.rawValue = rawValue }

  public static func < (a: Generation, b: Generation) -> Bool { a.rawValue < b.rawValue }
}
