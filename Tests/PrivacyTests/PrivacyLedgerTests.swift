import Storage
import Testing

@testable import Privacy

@Suite struct PrivacyLedgerTests {
  private let directory = "/data"

  private func disk() throws -> MemoryDisk {
    let disk = MemoryDisk()
    try disk.makeDirectory(directory)
    return disk
  }

  private func release(
    _ epsilon: Double, budget: Double? = nil, key: NoiseKey? = nil, subject: [UInt8] = [1]
  ) throws -> PrivacyLedger.Release {
    let sigma = try #require(RenyiCurve.sigma(epsilon: epsilon, delta: 1e-6))
    return PrivacyLedger.Release(
      purpose: "train", mechanisms: [GaussianMechanism("sums", sigma: sigma)],
      terms: try PrivacyTerms(epsilon: epsilon, budget: budget),
      key: key ?? NoiseKey(random: [UInt8](repeating: 1, count: 32)), subject: subject)
  }

  private func fileKey(_ byte: UInt8) throws -> NoiseKey {
    NoiseKey(ofFile: try SecretFile.bytes("key", [UInt8](repeating: byte, count: 32), mode: 0o600))
  }

  @Test func releasesAddUpAndTheBudgetRefuses() throws {
    let disk = try disk()
    let first = try PrivacyLedger.enter(try release(4, budget: 6), directory, on: disk)
    #expect(first.number == 1 && first.totalEpsilon <= 4 && first.totalEpsilon > 3.99)
    let second = try PrivacyLedger.enter(try release(2), directory, on: disk)
    #expect(second.number == 2 && second.totalEpsilon > 4.2 && second.totalEpsilon < 6)
    let before = try disk.read("\(directory)/privacy.ledger", limit: 1 << 20)
    #expect(throws: PrivacyError.self) { try PrivacyLedger.enter(try release(4), directory, on: disk) }
    #expect(try disk.read("\(directory)/privacy.ledger", limit: 1 << 20) == before)
    // A greater budget is a decision that is told.
    let third = try PrivacyLedger.enter(try release(4, budget: 20), directory, on: disk)
    #expect(third.number == 3)
    let ledger = try PrivacyLedger.read(directory, on: disk)
    #expect(ledger.releases.map(\.number) == [1, 2, 3])
    #expect(ledger.budget == 20)
    #expect(ledger.totalEpsilon(delta: 1e-6) == third.totalEpsilon)
  }

  @Test func aKeyServesOneLogAndOneSetting() throws {
    let disk = try disk()
    let key = try fileKey(7)
    let first = try PrivacyLedger.enter(try release(4, key: key), directory, on: disk)
    // The same release again tells nothing new.
    #expect(try PrivacyLedger.enter(try release(4, key: key), directory, on: disk) == first)
    for other in [try release(4, key: key, subject: [2]), try release(2, key: key)] {
      let error = #expect(throws: PrivacyError.self) { try PrivacyLedger.enter(other, directory, on: disk) }
      #expect(error?.kind == .key)
    }
    #expect(try PrivacyLedger.enter(try release(4, key: try fileKey(8)), directory, on: disk).number == 2)
    #expect(try PrivacyLedger.read(directory, on: disk).releases.count == 2)
  }

  @Test func everyDamagedByteIsFound() throws {
    let disk = try disk()
    _ = try PrivacyLedger.enter(try release(4), directory, on: disk)
    _ = try PrivacyLedger.enter(try release(2), directory, on: disk)
    let path = "\(directory)/privacy.ledger"
    let whole = try #require(try disk.read(path, limit: 1 << 20))
    for place in whole.indices {
      var broken = whole
      broken[place] ^= 1
      try disk.replace(path, with: broken)
      #expect(throws: PrivacyError.self, "byte \(place)") { try PrivacyLedger.read(directory, on: disk) }
      try disk.replace(path, with: Array(whole.prefix(place)))
      let cut = try? PrivacyLedger.read(directory, on: disk)
      // At the end of a line it is a shorter ledger: only a copy of the file tells.
      #expect(cut == nil || place == 0 || whole[place - 1] == 0x0A)
    }
  }

  @Test func keysOfOtherModesOrSizesAreRefused() {
    let bytes = [UInt8](repeating: 3, count: 32)
    #expect(throws: PrivacyError.self) { try SecretFile.bytes("key", bytes, mode: 0o644) }
    #expect(throws: PrivacyError.self) { try SecretFile.bytes("key", Array(bytes.dropLast()), mode: 0o600) }
    #expect(throws: PrivacyError.self) { try SecretFile.bytes("key", [], mode: 0o600) }
    let text = Array("0303030303030303030303030303030303030303030303030303030303030303\n".utf8)
    #expect((try? SecretFile.bytes("key", text, mode: 0o600)) == bytes)
  }
}
