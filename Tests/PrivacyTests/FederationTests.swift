import Bytes
import DataSets
import Names
import Storage
import Support
import Testing
import Vocabulary

@testable import Privacy

/// Silos that learn together make what one shop with all logs would make, and whatever is wrong is refused.
@Suite struct FederationTests {
  private static let itemCount = 40

  private func list() throws -> PublicItems {
    try PublicItems(EntityTable(ids: (0..<Self.itemCount).map { "i\($0)" }, definitions: [], columns: []))
  }

  private func offer(_ count: Int, colluders: Int = 1) throws -> FederationOffer {
    try FederationOffer(
      members: (0..<count).map { "s\($0 + 10)" }, list(), PrivacyTerms(epsilon: 8), colluders: colluders,
      NeighbourSettings())
  }

  private func log(_ silo: Int) -> PrivateLog {
    var random = SplitMix64(seed: UInt64(silo) + 1)
    return PrivateLog(
      itemCount: Self.itemCount,
      histories: (0..<60).map { _ in
        var seen: Set<UInt32> = []
        return (0..<9).compactMap { _ in
          let item = UInt32(random.next() % UInt64(Self.itemCount))
          return seen.insert(item).inserted ? item : nil
        }
      })
  }

  private func random(_ silo: Int) -> [UInt8] {
    var random = SplitMix64(seed: 1000 + UInt64(silo))
    return (0..<Silo.randomByteCount).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  private func silos(_ offer: FederationOffer, run: UInt32 = 1) throws -> [Silo] {
    let hash = ContentHash.sha256(offer.json)
    let disk = MemoryDisk()
    try disk.makeDirectory("/s")
    return try offer.members.indices.map { silo in
      try Silo(
        offer, hash: hash, number: UInt32(silo), members: offer.members.indices.map { UInt32($0) }, run: run, log(silo),
        secretsAt: "/s/\(silo)", random: random(silo), on: disk, enter: {})
    }
  }

  private func exchange(_ silos: [Silo], _ round: UInt32) throws -> [[UInt32: [UInt8]]] {
    let keys = silos.map { $0.keyFile(round) }
    return try silos.map { try $0.peers(keys, round) }
  }

  private func place(_ offer: FederationOffer, _ round: UInt32, run: UInt32 = 1) -> FederationFile.Place {
    FederationFile.Place(offer: ContentHash.sha256(offer.json), round: round, run: run)
  }

  @Test(arguments: [3, 4, 16]) func theTotalIsThatOfOneShopWithAllLogsAndAllNoise(_ count: Int) throws {
    let offer = try offer(count)
    let silos = try silos(offer)
    let all = silos.indices.map { UInt32($0) }
    let peers = try exchange(silos, 1)
    let files = try silos.enumerated().map { try $1.counts(peers[$0]) }
    let counts = try SecureSum.total(files, silos: all, place(offer, 1))

    let central = PrivateLog(itemCount: Self.itemCount, histories: silos.indices.flatMap { log($0).histories })
    var expected = ItemCounts(central)
    let keys = silos.indices.map { NoiseKey(random: Array(random($0).prefix(32))) }
    for key in keys { expected.add(offer.mechanisms.counts, key, sharedBy: count - 1) }
    #expect(counts.values.map { Int64(bitPattern: $0) } == expected.sums)

    let next = try exchange(silos, 2)
    let second = try silos.enumerated().map { try $1.pairs(next[$0], counts, threads: 2) }
    let pairs = try SecureSum.total(second, silos: all, place(offer, 2))
    let kept = expected.kept(offer.mechanisms.counts, offer.settings)
    var sums = NeighbourSums(central, kept, offer.settings)
    for key in keys { sums.add(offer.mechanisms.pairs, key, sharedBy: count - 1, threads: 1) }
    let release = try Silo.release(counts, pairs, offer, hash: ContentHash.sha256(offer.json))
    #expect(release == NeighbourRelease(expected, kept, sums))
    #expect(kept.count > 3)
    // What one silo sends looks like noise: nothing of its sums is in it.
    #expect(Set(files.flatMap(\.values)).count == files.count * Self.itemCount)
  }

  @Test func whatIsMissingDoubledForgedOrReplayedIsRefused() throws {
    let offer = try offer(4)
    let silos = try silos(offer)
    let peers = try exchange(silos, 1)
    let files = try silos.enumerated().map { try $1.counts(peers[$0]) }
    func refuses(_ files: [FederationFile], _ reason: Comment) {
      let error = #expect(throws: PrivacyError.self, reason) {
        try SecureSum.total(files, silos: [0, 1, 2, 3], place(offer, 1))
      }
      #expect(error?.kind == .federation)
    }
    refuses(Array(files.dropLast()), "missing")
    refuses(files + [files[0]], "doubled")
    refuses([files[0], files[1], files[2], files[2]], "doubled in place of another")
    var values = files[3].values
    values[5] ^= 1 << 60
    refuses(Array(files.dropLast()) + [FederationFile(.masked, files[3].place, silo: 3, values)], "changed")
    let replayed = FederationFile(.masked, place(offer, 2), silo: 3, files[3].values)
    refuses(Array(files.dropLast()) + [replayed], "of another round")
    let other = FederationFile(.masked, place(try self.offer(3), 1), silo: 3, files[3].values)
    refuses(Array(files.dropLast()) + [other], "of another offer")
    let short = FederationFile(.masked, files[3].place, silo: 3, Array(files[3].values.dropLast()))
    refuses(Array(files.dropLast()) + [short], "of fewer sums")
    // One with another key: nothing cancels.
    let strange = AgreementKey(secret: [UInt8](repeating: 9, count: 32))
    let wrong = FederationFile(
      .masked, files[3].place, silo: 3,
      try SecureSum.masked([Int64](repeating: 0, count: Self.itemCount), silo: 3, strange, peers[3], files[3].place))
    refuses(Array(files.dropLast()) + [wrong], "with another key")
    #expect(throws: PrivacyError.self) { try silos[0].peers([silos[1].keyFile(2)], 1) }
    #expect(throws: PrivacyError.self) { try silos[0].peers([silos[1].keyFile(1), silos[1].keyFile(1)], 1) }
    #expect(throws: PrivacyError.self) { try silos[0].counts([1: peers[0][1] ?? []]) }
  }

  @Test func filesAreReadOnlyWithTheirSignatureAndEveryByteOfThem() throws {
    let offer = try offer(3)
    let key = SigningKey(secret: [UInt8](repeating: 4, count: 32))
    let file = FederationFile(.masked, place(offer, 1), silo: 1, [1, 2, .max])
    let bytes = file.bytes(key)
    #expect(try FederationFile(bytes, name: "f", pins: [1: key.publicKey]) == file)
    for index in bytes.indices {
      var broken = bytes
      broken[index] ^= 0x10
      #expect(throws: PrivacyError.self, "byte \(index)") {
        try FederationFile(broken, name: "f", pins: [1: key.publicKey])
      }
      #expect(throws: PrivacyError.self) {
        try FederationFile(Array(bytes.prefix(index)), name: "f", pins: [1: key.publicKey])
      }
    }
    let other = SigningKey(secret: [UInt8](repeating: 5, count: 32))
    #expect(throws: PrivacyError.self) { try FederationFile(bytes, name: "f", pins: [1: other.publicKey]) }
    #expect(throws: PrivacyError.self) { try FederationFile(bytes, name: "f", pins: [2: key.publicKey]) }
  }

  @Test func offersThatHideNothingAreRefused() throws {
    for count in [1, 2, 17] { #expect(throws: PrivacyError.self) { try offer(count) } }
    #expect(throws: PrivacyError.self) { try offer(3, colluders: 2) }
    #expect(throws: PrivacyError.self) {
      try FederationOffer(
        members: ["a", "a", "b"], list(), PrivacyTerms(epsilon: 8), colluders: 0, NeighbourSettings())
    }
    let good = try offer(3)
    #expect(try FederationOffer(json: good.json) == good)
    let text = String(decoding: good.json, as: UTF8.self)
    // Less noise than the promise needs.
    let sigma = text.split(separator: "\n").first { $0.contains("pair_sigma") }.map(String.init) ?? ""
    let weak = text.replacing(sigma, with: "  \"pair_sigma\" : 0.01,")
    #expect(throws: PrivacyError.self) { try FederationOffer(json: Array(weak.utf8)) }
    #expect(throws: PrivacyError.self) { try FederationOffer(json: Array("{}".utf8)) }
  }

  @Test func aRunIsPaidForOnceAndItsSecretsStay() throws {
    let offer = try offer(3)
    let disk = MemoryDisk()
    try disk.makeDirectory("/s")
    var entered = 0
    func silo() throws -> Silo {
      try Silo(
        offer, hash: ContentHash.sha256(offer.json), number: 0, members: [0, 1, 2], run: 1, log(0), secretsAt: "/s/a",
        random: random(entered), on: disk
      ) { entered += 1 }
    }
    let first = try silo()
    let again = try silo()
    #expect(entered == 1)
    #expect(first.keyFile(1) == again.keyFile(1) && first.keyFile(1) != first.keyFile(2))
  }

  private static func goldenSums(_ factor: Int64) -> [Int64] {
    var sums: [Int64] = []
    for n in Int64(0)..<20 {
      let size: Int64 = factor * (n << 20)
      sums.append(n % 2 == 0 ? size : -size)
    }
    return sums
  }

  /// `winnow_federation.py` has written the files from the page alone.
  @Test func aSecondClientMakesASilosFileByteForByte() throws {
    let golden = GoldenFolder("federation")
    let files = Dictionary(uniqueKeysWithValues: try golden.files().map { ($0.name, $0.bytes) })
    #expect(files.count == 6)
    let place = FederationFile.Place(offer: ContentHash.sha256(Array("offer".utf8)), round: 1, run: 1)
    let silos = (0..<3).map { UInt8($0) }
    let keys = silos.map { AgreementKey(secret: [UInt8](repeating: 16 * $0 + 1, count: 32)) }
    let signing = silos.map { SigningKey(secret: [UInt8](repeating: 16 * $0 + 2, count: 32)) }
    let pins = Dictionary(uniqueKeysWithValues: silos.map { (UInt32($0), signing[Int($0)].publicKey) })
    var sent: [FederationFile] = []
    for silo in silos.map(Int.init) {
      let key = try #require(files["silo-\(silo).key.wfed"])
      let read = try FederationFile(key, name: "key", pins: pins)
      var writer = ByteWriter()
      writer.write(array: read.values)
      #expect(writer.bytes == keys[silo].publicKey && read.kind == .key && read.place == place)
      let sums = Self.goldenSums(Int64(silo + 1))
      let others = Dictionary(
        uniqueKeysWithValues: keys.indices.filter { $0 != silo }.map { (UInt32($0), keys[$0].publicKey) })
      let values = try SecureSum.masked(sums, silo: UInt32(silo), keys[silo], others, place)
      let file = FederationFile(.masked, place, silo: UInt32(silo), values)
      #expect(file.bytes(signing[silo]) == files["silo-\(silo).wfed"])
      sent.append(file)
    }
    let total = try SecureSum.total(sent, silos: [0, 1, 2], place)
    let sums = total.values.map { Int64(bitPattern: $0) }
    #expect(sums == Self.goldenSums(6))
  }
}
