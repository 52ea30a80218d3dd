import Arguments
import Bytes
import Privacy
import Storage
import Vocabulary

/// What the verbs of `winnow federate` have in common: the offer, the pinned keys and the exchange's directory.
enum FederateFlags {
  static let offer = Positional("OFFER", .file, "The offer that all silos have.")
  static let exchange = Flag.required(
    "exchange", .file, "The directory of the files that silos send each other, by any way.")
  static let peers = Flag.list(
    "peer", .string, "The pinned key of a silo, which it has told by another way than these files.",
    placeholder: "NAME=HEX")
  static let run = Flag("run", .int(1...100), "The number of the run: one more after a void round.", default: "1")

  /// The bytes of an offer at most.
  private static let offerBytesMax = 1 << 16
  /// The bytes of an exchanged file at most.
  private static let fileBytesMax = 512 << 20

  /// The offer and its hash.
  static func read(_ session: Session) throws(Failure) -> (offer: FederationOffer, hash: [UInt8]) {
    let bytes = try Files.read(session[offer], limit: offerBytesMax)
    return (
      try Failure.wrap { () throws(PrivacyError) in try FederationOffer(json: bytes) }, ContentHash.sha256(bytes)
    )
  }

  /// The pinned keys, by the numbers of the silos.
  static func pins(_ session: Session, _ offer: FederationOffer) throws(Failure) -> [UInt32: [UInt8]] {
    var pins: [UInt32: [UInt8]] = [:]
    for text in session[peers] {
      guard let (name, digits) = text.split(at: "="), let silo = offer.silo(name),
        let key = Hexadecimal.bytes(digits.utf8), key.count == SigningKey.byteCount, pins[UInt32(silo)] == nil
      else {
        throw session.usage(peers, "has '\(text)', which is not a silo of the offer with its key of 64 digits, once")
      }
      pins[UInt32(silo)] = key
    }
    return pins
  }

  /// Refuses pins that leave out a silo.
  static func demand(
    _ silos: [UInt32], _ pins: [UInt32: [UInt8]], _ offer: FederationOffer, _ session: Session
  ) throws(Failure) {
    if let missing = silos.first(where: { pins[$0] == nil }) {
      throw session.usage(
        peers,
        "does not pin the key of \(offer.members[Int(missing)]): without it, who carries the files could sit "
          + "between all silos")
    }
  }

  /// The path of a file of the exchange.
  static func path(_ session: Session, _ name: String, _ round: UInt32, _ kind: FederationFile.Kind) -> String {
    let word = [FederationFile.Kind.key: ".key", .void: ".void"][kind] ?? ""
    return "\(session[exchange])/\(name).round-\(round).run-\(session[run])\(word).wfed"
  }

  /// A file of the exchange; `nil` if it is not there yet.
  static func file(_ path: String, _ pins: [UInt32: [UInt8]]) throws(Failure) -> FederationFile? {
    guard let bytes = try Files.readIfThere(path, limit: fileBytesMax) else { return nil }
    return try Failure.wrap { () throws(PrivacyError) in try FederationFile(bytes, name: path, pins: pins) }
  }

  /// A key file of 32 secret bytes.
  static func secret(_ path: String) throws(Failure) -> [UInt8] {
    let (bytes, mode): ([UInt8], UInt32)
    do throws(DiskError) {
      let file = try ReadableFile(path)
      (mode, bytes) = (try file.permissions(), try file.next(4096))
    } catch { throw Failure(error) }
    return try Failure.wrap { () throws(PrivacyError) in try SecretFile.bytes(path, bytes, mode: mode) }
  }
}
