import Bytes
import Vocabulary
import Wire

/// Where the next page of a list begins; only a coordinator that has the key of the catalogue makes one.
///
/// u8 1 · u32 generation · u64 list · u64 request · u64 order · u32 offset · the first 16 bytes of the HMAC-SHA256 of what
/// stands before.
struct PageToken: Sendable, Equatable {
  /// In which the list was made.
  let generation: Generation
  /// The number of the list at the coordinator that made it.
  let list: UInt64
  /// A fingerprint of what the request asks, apart from its page.
  let request: UInt64
  /// A fingerprint of the ids of the list in their order.
  let order: UInt64
  /// The place of the next result in the list, from 0.
  let offset: Int

  private static let version: UInt8 = 1
  private static let hashBytes = 16
  private static let byteCount = 1 + 4 + 3 * 8 + 4 + hashBytes

  init(generation: Generation, list: UInt64, request: UInt64, order: UInt64, offset: Int) {
    (self.generation, self.list, self.request, self.order, self.offset) = (generation, list, request, order, offset)
  }

  /// Reads a token that one of some keys has made.
  ///
  /// - Returns: `nil` for any other bytes.
  init?(_ bytes: [UInt8], keys: [[UInt8]]) {
    guard bytes.count == Self.byteCount, bytes[0] == Self.version else { return nil }
    let (said, hash) = (Array(bytes.dropLast(Self.hashBytes)), bytes.suffix(Self.hashBytes))
    // Every byte is compared, so that the time tells nothing of where they differ.
    let isOwn = keys.contains { key in
      zip(KeyedHash.sha256(said, key: key).prefix(Self.hashBytes), hash).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) } == 0
    }
    guard isOwn else { return nil }
    var reader = BodyReader(said[1...])
    guard let generation: UInt32 = try? reader.integer(), let list: UInt64 = try? reader.integer(),
      let request: UInt64 = try? reader.integer(), let order: UInt64 = try? reader.integer(),
      let offset: UInt32 = try? reader.integer()
    else { return nil }
    self.init(
      generation: Generation(generation), list: list, request: request, order: order, offset: Int(offset))
  }

  /// The token as it travels.
  func bytes(key: [UInt8]) -> [UInt8] {
    var writer = BodyWriter()
    writer.write(Self.version)
    writer.write(generation.rawValue)
    writer.write(list)
    writer.write(request)
    writer.write(order)
    writer.write(UInt32(clamping: offset))
    let said = writer.body.bytes
    return said + KeyedHash.sha256(said, key: key).prefix(Self.hashBytes)
  }

  /// The fingerprint of what a request asks: all that makes the list, and nothing of the page or of what is shown of it.
  static func fingerprint(of request: RankRequest) -> UInt64 {
    var asked = request
    asked.k = 1
    (asked.minimumCoverage, asked.leastDepth, asked.requestID, asked.explainedCount) = (0, 0, 0, 0)
    asked.generation = Generation(0)
    asked.attributes = .none
    asked.page.token = []
    asked.page.wantsNext = true
    return fingerprint(of: asked.body(version: 7).bytes)
  }

  /// The fingerprint of a list.
  static func fingerprint(of ids: [UInt64]) -> UInt64 {
    var writer = BodyWriter()
    writer.write(array: ids)
    return fingerprint(of: writer.body.bytes)
  }

  private static func fingerprint(of bytes: [UInt8]) -> UInt64 {
    ContentHash.sha256(bytes).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
