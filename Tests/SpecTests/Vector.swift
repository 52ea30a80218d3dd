import Wire

/// One line of `proto-spec/vectors/*.jsonl`, as `vectors/README.md` describes it.
struct Vector: Decodable, Sendable {
  enum Expectation: String, Decodable { case accept, refuse }
  enum Receiver: String, Decodable { case coordinator, shard, client }
  enum State: String, Decodable { case hello, auth, ready, draining }

  struct Negotiated: Decodable {
    var lz4: Bool?
    var echo: Bool?
  }

  let name: String
  let hex: String
  let expect: Expectation
  let why: String
  private let receiver: Receiver?
  private let state: State?
  private let negotiated: Negotiated?
  let fields: [String: VectorField]?
  let error: String?
  private let fatal: Bool?
  private let earlier: [String]?
  private let offset: Int?
  private let flip: [Int]?
  private let canonical: Bool?

  var role: Receiver { receiver ?? .coordinator }
  var startingState: State { state ?? .ready }
  var agreesOnLZ4: Bool { negotiated?.lz4 ?? (negotiated == nil) }
  /// Whether the decoded message is written as the very bytes that it was read from.
  var isCanonical: Bool { canonical ?? true }
  var agreesOnEcho: Bool { negotiated?.echo ?? false }

  /// What the receiver has to answer; nothing but silence if the vector is accepted.
  var outcome: VectorOutcome {
    VectorOutcome(errors: (earlier ?? []) + (error.map { [$0] } ?? []), isClosed: fatal ?? false, offset: offset)
  }

  /// The bytes, once for each bit that is to be flipped.
  func cases() -> [[UInt8]] {
    let bytes = bytes
    guard let flip, flip.count == 2 else { return [bytes] }
    return (8 * flip[0]..<8 * flip[1]).map { bit in
      var damaged = bytes
      damaged[bit / 8] ^= 1 << (bit % 8)
      return damaged
    }
  }

  var bytes: [UInt8] { [UInt8](hex: hex) }
}

/// What came of the bytes of a vector: the errors in order, whether the connection closed with the last, and where in the
/// body the last is.
struct VectorOutcome: Equatable {
  var errors: [String] = []
  var isClosed = false
  var offset: Int?

  /// One more error.
  mutating func note(_ error: WireError) {
    errors.append(error.code.name)
    offset = error.fieldOffset.map { Int($0) }
  }
}

extension [UInt8] {
  /// The bytes of lower-case hexadecimal digits.
  init(hex: String) {
    let digits = hex.utf8.map { $0 <= UInt8(ascii: "9") ? $0 - UInt8(ascii: "0") : $0 - UInt8(ascii: "a") + 10 }
    self = stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  var hex: String {
    let digits = Array<UInt8>("0123456789abcdef".utf8)
    return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
