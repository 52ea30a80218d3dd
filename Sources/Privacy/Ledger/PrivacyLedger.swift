import Bytes
import DataSets
import JSON
package import Storage

/// All that was ever released of a data set: `privacy.ledger`, a line a release, which stands there before anything of
/// the release is written. A crash so costs budget, and hides nothing.
package struct PrivacyLedger: Sendable, Equatable {
  /// A line of the ledger.
  package struct Release: Sendable, Codable, Equatable {
    /// From 1.
    package internal(set) var number = 0
    /// What was made: `train`, `federate` or `evaluate`.
    package let purpose: String
    package let mechanisms: [GaussianMechanism]
    package let delta: Double
    /// ε of this release alone.
    package let epsilon: Double
    /// The budget that was given with it; `nil`: none was.
    package let budget: Double?
    package let noise: NoiseKey.Source
    /// Tells the noise key of a file from others; `nil` for a key that was drawn for this release alone.
    package let keyCheck: String?
    /// A hash of the log and the settings.
    package let subject: String

    /// - Parameter subject: A hash of all that the released sums depend on beside the noise.
    package init(
      purpose: String, mechanisms: [GaussianMechanism], terms: PrivacyTerms, key: NoiseKey, subject: [UInt8]
    ) {
      (self.purpose, self.mechanisms, delta) = (purpose, mechanisms, terms.delta)
      epsilon = RenyiCurve(mechanisms).epsilon(delta: terms.delta).epsilon
      (budget, noise) = (terms.budget, key.source)
      keyCheck = key.source == .file ? key.check : nil
      self.subject = ContentHash.hexadecimal(subject)
    }

    /// Whether it is the same release again: equal noise on equal sums says nothing new.
    fileprivate func repeats(_ other: Release) -> Bool {
      keyCheck != nil && keyCheck == other.keyCheck && subject == other.subject && purpose == other.purpose
        && mechanisms == other.mechanisms
    }
  }

  /// What entering a release told.
  package struct Entry: Sendable, Equatable {
    /// The number of the release.
    package let number: Int
    /// ε of all releases so far.
    package let totalEpsilon: Double
  }

  package static let fileName = "privacy.ledger"
  private static let bytesMax = 16 << 20
  private static let advice = "restore the file from a copy: without it nothing says what was released already"

  /// In the order in which they were entered.
  package private(set) var releases: [Release] = []

  /// The ledger of a data set; empty if nothing was released yet.
  package static func read(_ directory: String, on disk: some Disk) throws(PrivacyError) -> PrivacyLedger {
    let path = "\(directory)/\(fileName)"
    let bytes: [UInt8]?
    do throws(DiskError) { bytes = try disk.read(path, limit: bytesMax) } catch {
      throw PrivacyError(.ledger, "\(path): \(error.text)", advice: advice)
    }
    var ledger = PrivacyLedger()
    guard let bytes else { return ledger }
    guard bytes.last == 0x0A else { throw PrivacyError(.ledger, "\(path): the last line is cut off", advice: advice) }
    for (index, line) in bytes.dropLast().split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
      guard let release = release(line), release.number == index + 1 else {
        throw PrivacyError(
          .ledger, "\(path): line \(index + 1) is damaged, or not the next release", advice: advice)
      }
      ledger.releases.append(release)
    }
    return ledger
  }

  /// Enters a release, if the budget allows it, and returns when it is durable. What was entered is spent, also if the
  /// release is never made.
  ///
  /// - Throws: `budget`; `key` for a noise key that other data or settings have used; `ledger`.
  package static func enter(
    _ release: Release, _ directory: String, on disk: some Disk
  ) throws(PrivacyError) -> Entry {
    let lock: any DirectoryLock
    do throws(DiskError) { lock = try disk.lock(directory) } catch {
      throw PrivacyError(
        .ledger, "\(directory): \(error.text)", advice: "let the other release of this data set end first")
    }
    defer { lock.release() }
    var ledger = try read(directory, on: disk)
    if let same = ledger.releases.first(where: { $0.repeats(release) }) {
      return Entry(number: same.number, totalEpsilon: ledger.totalEpsilon(delta: release.delta))
    }
    try ledger.check(release)
    var numbered = release
    numbered.number = ledger.releases.count + 1
    ledger.releases.append(numbered)
    do throws(DiskError) {
      try disk.replace("\(directory)/\(fileName)", with: ledger.releases.flatMap { line($0) })
    } catch {
      throw PrivacyError(.ledger, "\(directory)/\(fileName): \(error.text)", advice: "nothing was released")
    }
    return Entry(number: numbered.number, totalEpsilon: ledger.totalEpsilon(delta: release.delta))
  }

  /// ε of all releases together.
  package func totalEpsilon(delta: Double) -> Double {
    releases.isEmpty ? 0 : RenyiCurve(releases.flatMap(\.mechanisms)).epsilon(delta: delta).epsilon
  }

  /// The budget that holds: the last that was given.
  package var budget: Double? { releases.last { $0.budget != nil }?.budget }

  /// The δ at which totals are told: that of the last release.
  package var delta: Double { releases.last?.delta ?? PrivacyTerms.deltaDefault }

  private func check(_ release: Release) throws(PrivacyError) {
    if let check = release.keyCheck, let other = releases.first(where: { $0.keyCheck == check }) {
      throw PrivacyError(
        .key,
        "the noise key was used for release \(other.number), which had another log or other settings: the "
          + "difference of both would be free of noise",
        advice: "make another key with: (umask 077; openssl rand -hex 32 > FILE)")
    }
    guard let budget = release.budget ?? budget else { return }
    var all = self
    all.releases.append(release)
    let (spent, total) = (totalEpsilon(delta: release.delta), all.totalEpsilon(delta: release.delta))
    guard total <= budget else {
      throw PrivacyError(
        .budget,
        "epsilon of all releases would be \(PrivacyLedger.text(total)), the budget is "
          + "\(PrivacyLedger.text(budget)), of which \(PrivacyLedger.text(spent)) is spent",
        advice: "give a smaller epsilon, or say with budget=\(PrivacyLedger.text(total.rounded(.up))) that users may "
          + "be told more of")
    }
  }

  /// A number for people: three places, rounded up.
  package static func text(_ epsilon: Double) -> String {
    let thousandths = (epsilon * 1000).rounded(.up) / 1000
    return thousandths == thousandths.rounded() ? String(Int(thousandths)) : String(thousandths)
  }

  private static func line(_ release: Release) -> [UInt8] {
    guard let json = try? ValueEncoder.encode(release, keys: .snakeCase) else {
      preconditionFailure("a release of finite numbers and text always encodes")
    }
    let text = Array(json.line.utf8)
    return Array(ContentHash.hexadecimal(checksum(text)).utf8) + [0x20] + text + [0x0A]
  }

  private static func release(_ line: ArraySlice<UInt8>) -> Release? {
    let text = line.dropFirst(9)
    guard line.count > 9, line[line.startIndex + 8] == 0x20, Hexadecimal.bytes(line.prefix(8)) == checksum(Array(text)),
      let json = try? JSONReader.read(text)
    else { return nil }
    return try? ValueDecoder.decode(Release.self, from: json, keys: .snakeCase)
  }

  /// The CRC32C of a line, the highest byte first.
  private static func checksum(_ text: [UInt8]) -> [UInt8] {
    let sum = CRC32C.checksum(text)
    return (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) }
  }
}
