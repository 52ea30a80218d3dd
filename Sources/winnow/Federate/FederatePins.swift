import Arguments
import Bytes
import Privacy
import Vocabulary

/// The keys of the other silos, which each has told by another way than the files.
enum FederatePins {
  static let peers = Flag.list(
    "peer", .string, "The pinned key of a silo, which it has told by another way than these files.",
    placeholder: "NAME=HEX")

  /// The pinned keys, by the numbers of the silos.
  static func read(_ session: Session, _ offer: FederationOffer) throws(Failure) -> [UInt32: [UInt8]] {
    var pins: [UInt32: [UInt8]] = [:]
    for text in session[Self.peers] {
      guard let (name, digits) = text.split(at: "="), let silo = offer.silo(name),
        let key = Hexadecimal.bytes(digits.utf8), key.count == SigningKey.byteCount, pins[UInt32(silo)] == nil
      else {
        throw session.usage(
          Self.peers, "has '\(text)', which is not a silo of the offer with its key of 64 digits, once")
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
        Self.peers,
        "does not pin the key of \(offer.members[Int(missing)]): without it, who carries the files could sit "
          + "between all silos")
    }
  }
}
