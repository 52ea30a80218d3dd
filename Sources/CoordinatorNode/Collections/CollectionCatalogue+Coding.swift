import Vocabulary
package import Wire

extension CollectionCatalogue {
  /// Version 1 had one generation of each collection, which was always 1; version 2 knew no histories; version 4 is
  /// written if a generation is searched by words, version 5 once a shopper was forgotten, version 6
  /// once a page of a list was asked for or a collection has rules, version 7 once one has an experiment.
  private static let formatVersions: ClosedRange<UInt8> = 1...7

  private var formatVersion: UInt8 {
    guard collections.values.allSatisfy({ $0.experiment == nil }) else { return 7 }
    guard pageKeys == PageKeys(), collections.values.allSatisfy(\.rules.isEmpty) else { return 6 }
    guard forgotten == ForgottenShoppers() else { return 5 }
    return instances.contains { $0.record.schema.text != nil } ? 4 : 3
  }

  /// Reads what `bytes` wrote, or an earlier version of it.
  package init(bytes: [UInt8]) throws(WireError) {
    var reader = BodyReader(bytes[...])
    let version = try reader.integer(in: Self.formatVersions)
    let hasText = version >= 4
    self.init(incarnation: try reader.bytes16())
    lastGeneration = Generation(version == 1 ? 1 : try reader.integer())
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 20, limit: Limits.collectionsMax)) {
      let name = try reader.name()
      var collection = Collection(active: try Record(from: &reader, hasText: hasText))
      if version > 1 {
        if try reader.bool() { collection.staged = try Record(from: &reader, hasText: hasText) }
        if try reader.bool() { collection.previous = try Record(from: &reader, hasText: hasText) }
      }
      if version > 2 {
        collection.histories = try HistorySettings(from: &reader)
        collection.hasEvents = try reader.bool()
      }
      if version > 5 {
        for _ in 0..<(try reader.count(UInt32.self, elementSize: 12, limit: Limits.rulesMax)) {
          collection.rules.append(
            RuleBook.Stored(
              name: try reader.name(), made: try reader.integer(), document: try reader.text(limit: Limits.ruleBytesMax)
            ))
        }
      }
      if version > 6, try reader.bool() { collection.experiment = try Experiment(from: &reader) }
      collections[name] = collection
    }
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 6, limit: Limits.shardsMax)) {
      let shard = ShardID(try reader.integer())
      var keys: Set<InstanceKey> = []
      for _ in 0..<(try reader.count(UInt32.self, elementSize: 2, limit: Int(UInt16.max))) {
        let name = try reader.name()
        keys.insert(InstanceKey(name: name, generation: Generation(version == 1 ? 1 : try reader.integer())))
      }
      pendingDrops[shard] = keys
    }
    if version > 4 { forgotten = try ForgottenShoppers(from: &reader) }
    if version > 5 { pageKeys = try PageKeys(from: &reader) }
    try reader.finish()
  }

  /// The catalogue as it is kept; equal ones have equal bytes.
  package var bytes: [UInt8] {
    var writer = BodyWriter()
    let version = formatVersion
    let hasText = version >= 4
    writer.write(version)
    writer.write(incarnation)
    writer.write(lastGeneration.rawValue)
    writer.write(UInt16(collections.count))
    for (name, collection) in collections.sorted(by: { $0.key < $1.key }) {
      writer.write(name: name)
      collection.active.write(to: &writer, hasText: hasText)
      for record in [collection.staged, collection.previous] {
        writer.write(record != nil)
        record?.write(to: &writer, hasText: hasText)
      }
      collection.histories.write(to: &writer)
      writer.write(collection.hasEvents)
      guard version > 5 else { continue }
      writer.write(UInt32(collection.rules.count))
      for rule in collection.rules {
        writer.write(name: rule.name)
        writer.write(rule.made)
        writer.write(text: rule.document)
      }
      guard version > 6 else { continue }
      writer.write(collection.experiment != nil)
      collection.experiment?.write(to: &writer)
    }
    writer.write(UInt16(pendingDrops.count))
    for (shard, keys) in pendingDrops.sorted(by: { $0.key < $1.key }) {
      writer.write(shard.rawValue)
      writer.write(UInt32(keys.count))
      for key in keys.sorted() {
        writer.write(name: key.name)
        writer.write(key.generation.rawValue)
      }
    }
    if version > 4 { forgotten.write(to: &writer) }
    if version > 5 { pageKeys.write(to: &writer) }
    return writer.body.bytes
  }
}

extension CollectionCatalogue.Record {
  fileprivate init(from reader: inout BodyReader, hasText: Bool) throws(WireError) {
    let generation = Generation(try reader.integer())
    var schema = try CollectionSchema(from: &reader)
    if hasText { try reader.text(of: &schema) }
    let modelHash = try reader.bool() ? Array(try reader.raw(32)) : nil
    var complete: [ShardID: Bytes16] = [:]
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 18, limit: Limits.shardsMax)) {
      complete[ShardID(try reader.integer())] = try reader.bytes16()
    }
    self.init(generation: generation, schema: schema, modelHash: modelHash, complete: complete)
  }

  fileprivate func write(to writer: inout BodyWriter, hasText: Bool) {
    writer.write(generation.rawValue)
    schema.write(to: &writer)
    var copy = schema
    if hasText { writer.text(of: &copy) }
    writer.write(modelHash != nil)
    writer.write(bytes: modelHash ?? [])
    writer.write(UInt16(complete.count))
    for (shard, incarnation) in complete.sorted(by: { $0.key < $1.key }) {
      writer.write(shard.rawValue)
      writer.write(incarnation)
    }
  }
}
