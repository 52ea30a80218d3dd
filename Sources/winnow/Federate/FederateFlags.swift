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
  static let run = Flag("run", .int(1...100), "The number of the run: one more after a void round.", default: "1")

  /// The bytes of an offer at most.
  private static let offerBytesMax = 1 << 16
  /// The bytes of an exchanged file at most.
  private static let fileBytesMax = 512 << 20

  /// The offer and its hash.
  static func read(_ session: Session) throws(Failure) -> (offer: FederationOffer, hash: [UInt8]) {
    let bytes = try Files.read(session[Self.offer], limit: offerBytesMax)
    return (
      try Failure.wrap { () throws(PrivacyError) in try FederationOffer(json: bytes) }, ContentHash.sha256(bytes)
    )
  }

  /// The path of a file of the exchange.
  static func path(_ session: Session, _ name: String, _ round: UInt32, _ kind: FederationFile.Kind) -> String {
    let word = [FederationFile.Kind.key: ".key", .void: ".void"][kind] ?? ""
    return "\(session[Self.exchange])/\(name).round-\(round).run-\(session[Self.run])\(word).wfed"
  }

  /// A file of the exchange; `nil` if it is not there yet.
  static func file(_ path: String, _ pins: [UInt32: [UInt8]]) throws(Failure) -> FederationFile? {
    guard let bytes = try Files.readIfThere(path, limit: fileBytesMax) else { return nil }
    return try Failure.wrap { () throws(PrivacyError) in try FederationFile(bytes, name: path, pins: pins) }
  }
}
