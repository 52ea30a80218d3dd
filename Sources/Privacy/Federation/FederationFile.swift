package import Bytes

/// A file that silos exchange: `WNWFED01` (`proto-spec/12-privacy.md`).
package struct FederationFile: Sendable, Equatable {
  /// What it holds.
  package enum Kind: UInt32, Sendable {
    /// The public half of a silo's key for one round, as four numbers.
    case key = 1
    /// A silo's sums under masks.
    case masked = 2
    /// The sum of all silos.
    case total = 3
    /// That a round ended without a total, and with which silos it is run again, as one number of bits.
    case void = 4
  }

  /// To which exchange a file belongs.
  package struct Place: Sendable, Equatable {
    /// SHA-256 of the offer.
    package let offer: [UInt8]
    /// 1: counts, 2: pairs.
    package let round: UInt32
    /// From 1; the next one if a round was void.
    package let run: UInt32

    package init(offer: [UInt8], round: UInt32, run: UInt32) {
      (self.offer, self.round, self.run) = (offer, round, run)
    }
  }

  private static let magic = Array("WNWFED01".utf8)
  private static let version: UInt32 = 1
  /// The number that stands for all silos together.
  package static let everySilo = UInt32.max
  private static let headBytes = 8 + 4 + 4 + 32 + 4 + 4 + 4 + 8
  private static let tailBytes = 4 + SigningKey.signatureByteCount
  /// Numbers of a file at most: the triangle over 10,000 items.
  private static let countMax = 50_000_000

  package let kind: Kind
  package let place: Place
  /// The number of the silo that wrote it.
  package let silo: UInt32
  package let values: [UInt64]

  package init(_ kind: Kind, _ place: Place, silo: UInt32, _ values: [UInt64]) {
    (self.kind, self.place, self.silo, self.values) = (kind, place, silo, values)
  }

  /// The bytes of the file, signed by a silo; a total is signed by no one.
  package func bytes(_ key: SigningKey?) -> [UInt8] {
    let head = signedBytes
    let signature = key?.signature(of: head) ?? [UInt8](repeating: 0, count: SigningKey.signatureByteCount)
    return head + signature
  }

  private var signedBytes: [UInt8] {
    var writer = ByteWriter(reservingCapacity: Self.headBytes + values.count * 8 + 4)
    writer.write(bytes: Self.magic)
    writer.write(Self.version)
    writer.write(kind.rawValue)
    writer.write(bytes: place.offer)
    writer.write(place.round)
    writer.write(place.run)
    writer.write(silo)
    writer.write(UInt64(values.count))
    writer.write(array: values)
    writer.write(CRC32C.checksum(writer.bytes))
    return writer.bytes
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - name: For errors.
  ///   - pins: The public key of each silo, by its number.
  /// - Throws: `federation` if it is damaged, or not signed by the silo that it names.
  package init(_ bytes: [UInt8], name: String, pins: [UInt32: [UInt8]]) throws(PrivacyError) {
    func refusal(_ what: String) -> PrivacyError {
      PrivacyError(.federation, "\(name): \(what)", advice: "ask its silo for the file again")
    }
    guard bytes.count >= Self.headBytes + Self.tailBytes else { throw refusal("is too short for such a file") }
    var reader = ByteReader(bytes.dropLast(SigningKey.signatureByteCount))
    let head: (kind: UInt32, offer: [UInt8], round: UInt32, run: UInt32, silo: UInt32, count: UInt64)
    do {
      guard try Array(reader.readBytes(8)) == Self.magic, try reader.read(UInt32.self) == Self.version else {
        throw refusal("is no file of a federation, or of another version")
      }
      head = (
        try reader.read(UInt32.self), Array(try reader.readBytes(32)), try reader.read(UInt32.self),
        try reader.read(UInt32.self), try reader.read(UInt32.self), try reader.read(UInt64.self)
      )
    } catch let error as PrivacyError { throw error } catch { throw refusal("is cut off") }
    guard let count = Int(exactly: head.count), count <= Self.countMax, reader.remaining == count * 8 + 4,
      let values = try? reader.readArray(of: UInt64.self, count: count), let sum = try? reader.read(UInt32.self)
    else { throw refusal("does not have as many numbers as it says") }
    let signed = Array(bytes.dropLast(SigningKey.signatureByteCount))
    guard CRC32C.checksum(signed.dropLast(4)) == sum else { throw refusal("is damaged") }
    guard let kind = Kind(rawValue: head.kind) else { throw refusal("is of no known kind") }
    self.init(kind, Place(offer: head.offer, round: head.round, run: head.run), silo: head.silo, values)
    guard kind != .total else { return }
    guard let pin = pins[head.silo] else { throw refusal("is of a silo whose key is not pinned") }
    guard SigningKey.isSigned(signed, Array(bytes.suffix(SigningKey.signatureByteCount)), by: pin) else {
      throw refusal("is not signed by the pinned key of its silo")
    }
  }
}
