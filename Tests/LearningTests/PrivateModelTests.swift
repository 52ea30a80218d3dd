import DataSets
import Ranking
import Testing
import Vocabulary

@testable import Learning
@testable import Privacy

@Suite struct PrivateModelTests {
  private static let itemCount = 24

  /// The files of a model of these logs, with noise of one key.
  private func files(_ histories: [[UInt32]], hasNetwork: Bool) throws -> [(name: String, bytes: [UInt8])] {
    let columns: [[AttributeValue?]] = [(0..<Self.itemCount).map { .keyword($0 % 3 == 0 ? "a" : "b") }]
    let items = try PublicItems(
      EntityTable(
        ids: (0..<Self.itemCount).map { "i\($0)" }, definitions: [AttributeDefinition(name: "kind", type: .keyword)],
        columns: columns))
    let log = PrivateLog(itemCount: Self.itemCount, histories: histories)
    let settings = NeighbourSettings()
    let (counts, pairs) = settings.mechanisms(mu: 2)
    let key = NoiseKey(random: [UInt8](repeating: 6, count: 32))
    let release = NeighbourRelease(log, settings, noise: (counts, pairs, key), threads: 1)
    #expect(release.kept.count == Self.itemCount)
    let network = GaussianMechanism("network steps", sigma: 2, sampling: 0.5, steps: 5)
    let fit = try PrivateNetworkFit(
      log, PrivateInputs(items, release, settings), StepSettings(["users=300", "steps=5", "q=0.5"]), noise: network,
      key,
      threads: 1)
    let statement = PrivacyStatement(
      epsilon: 8, delta: 1e-6, mu: 2, mechanisms: [counts.stated, pairs.stated], keptItems: release.kept.count,
      clip: .init(events: settings.eventsMax, window: settings.window), noise: "key file", release: 1, totalEpsilon: 8)
    return try PrivateModel(
      name: "private", items, release, settings, .neighbours, network: hasNetwork ? fit : nil, vectors: .init(),
      statement, flags: [:]
    ).files
  }

  /// The table has as many weights as noise leaves above 0, and released numbers have as many digits as they need.
  @Test(arguments: [false, true]) func namesAndSizesOfFilesDoNotTellOfAUser(_ hasNetwork: Bool) throws {
    var random = SplitMix64(seed: 2)
    let histories = (0..<300).map { _ in
      var all = (0..<UInt32(Self.itemCount)).map { $0 }
      all.shuffle(using: &random)
      return Array(all.prefix(10))
    }
    let with = try files(histories, hasNetwork: hasNetwork)
    let without = try files(Array(histories.dropLast()), hasNetwork: hasNetwork)
    #expect(with.map(\.name) == without.map(\.name))
    let released = ["tower.safetensors"] + (hasNetwork ? ["items.jsonl", "manifest.json"] : [])
    for (a, b) in zip(with, without) where !released.contains(a.name) {
      #expect(a.bytes.count == b.bytes.count, "\(a.name)")
    }
    #expect(zip(with, without).contains { $0.bytes != $1.bytes })
  }
}
