import Bytes
package import Storage

/// What one shop of a federation keeps to itself between its steps: the keys of a run, and that it was paid for.
package struct Silo: Sendable {
  /// The file of a run: 32 bytes of noise key, then the secret of each round's key.
  private struct Secrets: Sendable {
    let noise: [UInt8]
    let rounds: [[UInt8]]

    static let rounds = 2
    static let byteCount = NoiseKey.byteCount + rounds * AgreementKey.byteCount

    init?(_ bytes: [UInt8]) {
      guard bytes.count == Self.byteCount else { return nil }
      noise = Array(bytes.prefix(NoiseKey.byteCount))
      rounds = (0..<Self.rounds).map { round in
        let start = NoiseKey.byteCount + round * AgreementKey.byteCount
        return Array(bytes[start..<start + AgreementKey.byteCount])
      }
    }
  }

  package let offer: FederationOffer
  private let offerHash: [UInt8]
  private let log: PrivateLog
  /// The silo's number, and those of the run.
  package let number: UInt32
  package let members: [UInt32]
  private let run: UInt32
  private let secrets: Secrets

  /// Takes part in a run: what it spends stands in the silo's ledger before its keys are drawn, once for each run.
  ///
  /// - Parameters:
  ///   - members: The silos of the run, ascending; all in the first.
  ///   - path: Of the file that keeps the run's secrets; it is made if it is not there.
  ///   - random: Random bytes for them.
  package init(
    _ offer: FederationOffer, hash: [UInt8], number: UInt32, members: [UInt32], run: UInt32, _ log: PrivateLog,
    secretsAt path: String, random: [UInt8], on disk: some Disk, enter: () throws(PrivacyError) -> Void
  ) throws(PrivacyError) {
    guard members.count >= FederationOffer.silosMin, members.contains(number) else {
      throw PrivacyError(
        .federation,
        "\(members.count) silos are left: of fewer than \(FederationOffer.silosMin), each would know too much")
    }
    (self.offer, offerHash, self.number, self.members, self.run, self.log) = (offer, hash, number, members, run, log)
    let stored: [UInt8]?
    do throws(DiskError) { stored = try disk.read(path, limit: Secrets.byteCount) } catch {
      throw PrivacyError(.federation, "\(path): \(error.text)", advice: "void the round and run it again")
    }
    if let stored {
      guard let secrets = Secrets(stored) else {
        throw PrivacyError(.federation, "\(path) is damaged", advice: "void the round and run it again")
      }
      self.secrets = secrets
      return
    }
    try enter()
    guard let secrets = Secrets(random) else { preconditionFailure("\(Secrets.byteCount) random bytes") }
    self.secrets = secrets
    do throws(DiskError) { try disk.replace(path, with: random) } catch {
      throw PrivacyError(.federation, "\(path): \(error.text)")
    }
  }

  /// Random bytes that a run needs.
  package static var randomByteCount: Int { Secrets.byteCount }

  private func place(_ round: UInt32) -> FederationFile.Place {
    FederationFile.Place(offer: offerHash, round: round, run: run)
  }

  private func agreement(_ round: UInt32) -> AgreementKey { AgreementKey(secret: secrets.rounds[Int(round) - 1]) }

  /// The silo's key of a round.
  package func keyFile(_ round: UInt32) -> FederationFile {
    var reader = ByteReader(agreement(round).publicKey[...])
    guard let words = try? reader.readArray(of: UInt64.self, count: 4) else { preconditionFailure("32 bytes") }
    return FederationFile(.key, place(round), silo: number, words)
  }

  /// The keys of the others in their files.
  ///
  /// - Throws: If a file is of another exchange; keys that are not there are left out.
  package func peers(_ files: [FederationFile], _ round: UInt32) throws(PrivacyError) -> [UInt32: [UInt8]] {
    var keys: [UInt32: [UInt8]] = [:]
    for file in files where file.silo != number {
      guard file.kind == .key, file.place == place(round), file.values.count == 4 else {
        throw PrivacyError(
          .federation, "the key of silo \(file.silo) is of another offer, round or run",
          advice: "ask its silo for the key of this round")
      }
      guard members.contains(file.silo), keys[file.silo] == nil else {
        throw PrivacyError(.federation, "silo \(file.silo) takes no part in this run, or stands twice")
      }
      var writer = ByteWriter()
      writer.write(array: file.values)
      keys[file.silo] = writer.bytes
    }
    return keys
  }

  /// The silo's counts under its share of the noise and its masks.
  package func counts(_ peers: [UInt32: [UInt8]]) throws(PrivacyError) -> FederationFile {
    var counts = ItemCounts(log)
    counts.add(offer.mechanisms.counts, noiseKey, sharedBy: honest)
    return try masked(counts.sums, peers, round: 1)
  }

  /// The silo's sums of pairs of the items that the total of counts keeps.
  package func pairs(
    _ peers: [UInt32: [UInt8]], _ total: FederationFile, threads: Int
  ) throws(PrivacyError) -> FederationFile {
    var sums = NeighbourSums(log, try Self.kept(total, offer).kept, offer.settings)
    sums.add(offer.mechanisms.pairs, noiseKey, sharedBy: honest, threads: threads)
    return try masked(sums.sums, peers, round: 2)
  }

  /// Silos whose noise is there even if the others work together: each adds 1/(K − t) of the variance.
  private var honest: Int { max(1, members.count - offer.colluders) }

  private var noiseKey: NoiseKey { NoiseKey(random: secrets.noise) }

  private func masked(
    _ sums: [Int64], _ peers: [UInt32: [UInt8]], round: UInt32
  ) throws(PrivacyError) -> FederationFile {
    guard peers.count == members.count - 1 else {
      throw PrivacyError(.federation, "the round keys of \(members.count - 1 - peers.count) silos are missing")
    }
    return FederationFile(
      .masked, place(round), silo: number,
      try SecureSum.masked(sums, silo: number, agreement(round), peers, place(round)))
  }

  /// The counts of a total, and the items that they keep.
  static func kept(
    _ total: FederationFile, _ offer: FederationOffer
  ) throws(PrivacyError) -> (counts: ItemCounts, kept: KeptItems) {
    guard total.kind == .total, total.place.round == 1, total.values.count == offer.items else {
      throw PrivacyError(.federation, "the total of round 1 is of another offer, or no total")
    }
    let counts = ItemCounts(sums: total.values.map { Int64(bitPattern: $0) })
    return (counts, counts.kept(offer.mechanisms.counts, offer.settings))
  }

  /// The release that both totals are: the same as that of one shop with all logs and all noise.
  package static func release(
    _ counts: FederationFile, _ pairs: FederationFile, _ offer: FederationOffer, hash: [UInt8]
  ) throws(PrivacyError) -> NeighbourRelease {
    let (sums, kept) = try kept(counts, offer)
    guard pairs.kind == .total, counts.place.offer == hash, pairs.place.offer == hash, pairs.place.round == 2,
      pairs.values.count == kept.cellCount
    else { throw PrivacyError(.federation, "the totals are not those of both rounds of this offer") }
    return NeighbourRelease(
      sums, kept, NeighbourSums(size: kept.count, sums: pairs.values.map { Int64(bitPattern: $0) }))
  }
}
