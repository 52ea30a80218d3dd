import Arrangement
import Vocabulary
import Wire

/// The exposure of groups of items, as a coordinator keeps it (`proto-spec/08-files/coordinator.md`).
struct ExposureBook: Equatable, Sendable {
  /// Groups that share the exposure of a collection.
  struct Scope: Hashable {
    let collection: String
    let attribute: String
    let groups: [ExactText]
  }

  /// What a scope's groups have had.
  struct Entry: Equatable {
    var balance: ExposureBalance
    /// The targets that were asked for last.
    var targets: [Float]
  }

  /// Scopes that are remembered; a further one takes the place of all, so that no client fills the memory.
  static let scopesMax = 16
  /// At most 16 scopes of 64 groups.
  static let byteCountMax = 1 << 20
  private static let formatVersion: UInt8 = 1

  private(set) var entries: [Scope: Entry] = [:]

  init() {}

  /// Counts a page that was shown.
  mutating func add(_ groups: [Int?], to scope: Scope, targets: [Float]) {
    if entries[scope] == nil, entries.count >= Self.scopesMax { entries = [:] }
    entries[scope, default: Entry(balance: ExposureBalance(groups: scope.groups.count), targets: targets)]
      .balance.add(groups)
    entries[scope]?.targets = targets
  }

  /// Reads what `bytes` wrote.
  init(bytes: [UInt8]) throws(WireError) {
    var reader = BodyReader(bytes[...])
    _ = try reader.integer(in: Self.formatVersion...Self.formatVersion)
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 22, limit: Self.scopesMax)) {
      let (collection, attribute) = (try reader.name(), try reader.name())
      var (groups, targets, exposures): ([ExactText], [Float], [Double]) = ([], [], [])
      for _ in 0..<(try reader.count(UInt16.self, elementSize: 16, limit: Limits.exposureGroupsMax)) {
        groups.append(try reader.text(limit: Limits.exposureGroupBytesMax).exact)
        targets.append(try reader.finiteFloat())
        exposures.append(try reader.finiteDouble())
      }
      let (total, lists) = (try reader.finiteDouble(), try reader.integer(UInt64.self))
      guard let balance = ExposureBalance(exposures: exposures, total: total, lists: lists) else {
        throw WireError(.malformedBody, message: "exposure that belongs to no lists")
      }
      entries[Scope(collection: collection, attribute: attribute, groups: groups)] = Entry(
        balance: balance, targets: targets)
    }
    try reader.finish()
  }

  /// As it is kept.
  var bytes: [UInt8] {
    var writer = BodyWriter()
    writer.write(Self.formatVersion)
    writer.write(UInt16(entries.count))
    for (scope, entry) in entries {
      writer.write(name: scope.collection)
      writer.write(name: scope.attribute)
      writer.write(UInt16(scope.groups.count))
      for (place, group) in scope.groups.enumerated() {
        writer.write(text: group.text)
        writer.write(entry.targets[place])
        writer.write(entry.balance.exposures[place])
      }
      writer.write(entry.balance.total)
      writer.write(entry.balance.lists)
    }
    return writer.body.bytes
  }
}
