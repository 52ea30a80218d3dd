import Bytes
import DataSets
import JSON

/// What shops agree on before they learn together: the content of `offer.json` (`proto-spec/12-privacy.md`).
package struct FederationOffer: Sendable, Codable, Equatable {
  /// Silos that two could not hide from each other: each would subtract its own sums.
  package static let silosMin = 3
  package static let silosMax = 16

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case format, version, members, items, itemsHash, epsilon, delta, colluders, eventsMax, window, decay, power
    case countShare, leastCount, countSigma, pairSigma
  }

  private var format = "winnow-federation"
  private var version = 1
  /// The names of the silos, ascending by their bytes; a silo's number is its place.
  package let members: [String]
  /// Items of the public list.
  package let items: Int
  /// SHA-256 of the list, in hexadecimal digits.
  package let itemsHash: String
  package let epsilon: Double
  package let delta: Double
  /// t: silos that may work together without weakening the promise.
  package let colluders: Int
  private let eventsMax: Int
  private let window: Int
  private let decay, power, countShare, leastCount: Double
  /// The deviations of the noise of both totals, as seen by t silos that work together.
  package let countSigma, pairSigma: Double

  /// - Throws: `setting` or `federation` for members or colluders that hide nothing.
  package init(
    members: [String], _ list: PublicItems, _ terms: PrivacyTerms, colluders: Int, _ settings: NeighbourSettings
  ) throws(PrivacyError) {
    guard let sigma = RenyiCurve.sigma(epsilon: terms.epsilon, delta: terms.delta) else {
      throw PrivacyError(.setting, "epsilon is so small that no noise is enough")
    }
    let (counts, pairs) = settings.mechanisms(mu: 1 / sigma)
    self.members = members.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    (items, itemsHash) = (list.count, ContentHash.hexadecimal(list.hash))
    (epsilon, delta, self.colluders) = (terms.epsilon, terms.delta, colluders)
    (eventsMax, window, decay, power) = (settings.eventsMax, settings.window, settings.decay, settings.power)
    (countShare, leastCount) = (settings.countShare, settings.leastCount)
    (countSigma, pairSigma) = (counts.sigma, pairs.sigma)
    try check()
  }

  /// Reads an offer, and checks it as a silo has to: it may come from anywhere.
  package init(json bytes: [UInt8]) throws(PrivacyError) {
    do throws(DataError) { self = try DataSetJSON.decode(Self.self, bytes, "the offer") } catch {
      throw PrivacyError(.federation, error.description, advice: "ask for the offer again")
    }
    guard format == "winnow-federation", version == 1 else {
      throw PrivacyError(.federation, "the offer has another format or version")
    }
    try check()
  }

  /// The content of the file.
  package var json: [UInt8] { DataSetJSON.encode(self) }

  /// How sums are made.
  package var settings: NeighbourSettings {
    var settings = NeighbourSettings()
    (settings.eventsMax, settings.window, settings.decay, settings.power) = (eventsMax, window, decay, power)
    (settings.countShare, settings.leastCount) = (countShare, leastCount)
    return settings
  }

  /// Both releases.
  package var mechanisms: (counts: GaussianMechanism, pairs: GaussianMechanism) {
    (GaussianMechanism("item counts", sigma: countSigma), GaussianMechanism("neighbour sums", sigma: pairSigma))
  }

  /// Refuses another list of items than the offer's.
  package func check(_ list: PublicItems) throws(PrivacyError) {
    guard list.count == items, ContentHash.hexadecimal(list.hash) == itemsHash else {
      throw PrivacyError(
        .items, "the list of items is not the one of the offer", advice: "ask for the list that the offer was made with"
      )
    }
  }

  /// The silo of a name.
  package func silo(_ name: String) -> Int? { members.firstIndex { Array($0.utf8) == Array(name.utf8) } }

  private func check() throws(PrivacyError) {
    guard (Self.silosMin...Self.silosMax).contains(members.count) else {
      throw PrivacyError(
        .federation,
        "\(members.count) silos: \(Self.silosMin) to \(Self.silosMax) can learn together; of two, each would know the "
          + "other's sums")
    }
    for (name, next) in zip(members, members.dropFirst())
    where !Array(name.utf8).lexicographicallyPrecedes(Array(next.utf8)) {
      throw PrivacyError(.federation, "the offer names a silo twice, or not in the order of their bytes")
    }
    guard members.allSatisfy(Self.isName) else {
      throw PrivacyError(.federation, "a silo's name is 1 to 32 of a-z, 0-9, _ and -, and not total")
    }
    guard (0...members.count - 2).contains(colluders) else {
      throw PrivacyError(
        .setting, "colluders are 0 to \(members.count - 2): two silos at least are honest", advice: "such as 1")
    }
    let terms = try PrivacyTerms(epsilon: epsilon, delta: delta)
    guard items >= 1, eventsMax >= 2, window >= 1, decay > 0, decay <= 1, power >= 0, power <= 1, countShare > 0,
      countShare < 1, leastCount >= 0, countSigma > 0, pairSigma > 0, countSigma < 0x1p15, pairSigma < 0x1p15,
      window <= 1000, eventsMax <= 100_000, items <= Self.itemsMax
    else { throw PrivacyError(.federation, "the offer has a setting without a meaning") }
    let spent = RenyiCurve([mechanisms.counts, mechanisms.pairs]).epsilon(delta: delta).epsilon
    guard spent <= terms.epsilon * (1 + 1e-9) else {
      throw PrivacyError(
        .federation,
        "the offer promises epsilon \(PrivacyLedger.text(epsilon)), and its noise is so small that it is "
          + PrivacyLedger.text(spent))
    }
  }

  private static let itemsMax = 10_000_000

  private static func isName(_ name: String) -> Bool {
    (1...32).contains(name.utf8.count) && name != "total"
      && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D }
  }
}
