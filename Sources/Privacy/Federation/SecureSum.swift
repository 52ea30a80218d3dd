package import Bytes

/// Sums of silos of which only the total shows: each silo adds masks that it has in common with each other silo, one
/// with plus and one with minus, so that all of them cancel exactly.
package enum SecureSum {
  private static let label = "winnow federate mask 1"
  /// Numbers of a mask that are made at a time.
  private static let chunk = 1 << 16

  /// The mask key of two silos for one round and run.
  static func key(
    shared secret: [UInt8], _ place: FederationFile.Place, _ first: UInt32, _ second: UInt32
  ) -> [UInt8] {
    var info = ByteWriter()
    info.write(bytes: Array(label.utf8))
    info.write(place.round)
    info.write(place.run)
    info.write(min(first, second))
    info.write(max(first, second))
    return KeyDerivation.sha256(secret: secret, salt: place.offer, info: info.bytes)
  }

  /// A silo's sums under masks.
  ///
  /// - Parameter peers: The round keys of all other silos of the run, by their numbers.
  /// - Throws: `federation` for a key that is none.
  package static func masked(
    _ sums: [Int64], silo: UInt32, _ own: AgreementKey, _ peers: [UInt32: [UInt8]], _ place: FederationFile.Place
  ) throws(PrivacyError) -> [UInt64] {
    var values = sums.map { UInt64(bitPattern: $0) }
    for (peer, publicKey) in peers.sorted(by: { $0.key < $1.key }) {
      guard let secret = own.shared(with: publicKey) else {
        throw PrivacyError(
          .federation, "the round key of silo \(peer) is no key", advice: "do not go on with this silo")
      }
      let key = key(shared: secret, place, silo, peer)
      let nonce = [UInt8](repeating: 0, count: ChaCha20.nonceByteCount)
      for start in stride(from: 0, to: values.count, by: chunk) {
        let count = min(chunk, values.count - start)
        let stream = ChaCha20.stream(
          key: key, nonce: nonce, block: UInt32(start * 8 / ChaCha20.blockByteCount), count: count * 8)
        var reader = ByteReader(stream[...])
        guard let masks = try? reader.readArray(of: UInt64.self, count: count) else {
          preconditionFailure("a stream has the bytes that were asked for")
        }
        for (offset, mask) in masks.enumerated() {
          values[start + offset] = peer > silo ? values[start + offset] &+ mask : values[start + offset] &- mask
        }
      }
    }
    return values
  }

  /// Numbers of a total at most: far more than any shop has users, far less than masks that did not cancel.
  private static let magnitudeMax: UInt64 = 1 << 56

  /// The total of all silos of a run.
  ///
  /// - Parameter silos: The numbers of the silos that take part.
  /// - Throws: `federation` if a file is of another exchange, missing or doubled, or if the masks do not cancel.
  package static func total(
    _ files: [FederationFile], silos: [UInt32], _ place: FederationFile.Place
  ) throws(PrivacyError) -> FederationFile {
    var seen: Set<UInt32> = []
    var sums = [UInt64](repeating: 0, count: files.first?.values.count ?? 0)
    for file in files {
      guard file.kind == .masked, file.place == place else {
        throw PrivacyError(
          .federation, "a file of silo \(file.silo) is of another offer, round or run, or holds no sums",
          advice: "give the files of one run of one round")
      }
      guard silos.contains(file.silo) else {
        throw PrivacyError(.federation, "silo \(file.silo) takes no part in this run")
      }
      guard seen.insert(file.silo).inserted else {
        throw PrivacyError(.federation, "silo \(file.silo) stands twice")
      }
      guard file.values.count == sums.count else {
        throw PrivacyError(.federation, "silo \(file.silo) has another number of sums than the others")
      }
      for (index, value) in file.values.enumerated() { sums[index] &+= value }
    }
    if let missing = silos.first(where: { !seen.contains($0) }) {
      throw PrivacyError(
        .federation, "silo \(missing) is missing, so its masks do not cancel",
        advice: "wait for its file; if it does not come, all others void the round: 'winnow federate join --void'")
    }
    guard sums.allSatisfy({ Int64(bitPattern: $0).magnitude < magnitudeMax }) else {
      throw PrivacyError(
        .federation, "the masks do not cancel: a silo has used another key, or a file was changed",
        advice: "void the round and run it again")
    }
    return FederationFile(.total, place, silo: FederationFile.everySilo, sums)
  }
}
