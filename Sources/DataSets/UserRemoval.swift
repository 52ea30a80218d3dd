package import Names
import Ranking
package import Storage
import Vocabulary

/// The new files of a directory without some users.
package struct UserRemoval: Sendable {
  /// How many of the users the dictionary had.
  package let users: Int
  /// The files that change, in the order in which to write them: the dictionary is the last, so that a removal that was
  /// cut short can be made again.
  package private(set) var files: [(path: String, bytes: [UInt8])] = []

  private static let fileBytesMax = 8 << 30

  /// Finds users in the directory's dictionary and makes new contents without them for every file of it.
  ///
  /// - Throws: If there is no dictionary, the key is missing or another one, or a file is damaged.
  package init(
    of names: [String], from directory: String, pseudonyms: Pseudonyms?, on disk: some Disk
  ) throws(DataError) {
    var dictionary = try DataError.naming { () throws(NameError) in
      try IDDictionary.read("\(directory)/users.dict", on: disk)
    }
    var ids: Set<UInt64> = []
    for name in names {
      let position = try DataError.naming { () throws(NameError) in
        try dictionary.position(of: name, pseudonyms)
      }
      guard let position else { continue }
      ids.insert(dictionary.ids[position])
      dictionary.remove(at: position)
    }
    users = ids.count
    guard !ids.isEmpty else { return }
    var eventsLeft: Int?
    for (file, isTable) in [("interactions.tsv", true), ("test.tsv", true), ("users.jsonl", false)] {
      let path = "\(directory)/\(file)"
      guard let bytes = try Self.bytes(path, disk) else { continue }
      let kept = isTable ? Self.rows(bytes, without: ids) : Self.objects(bytes, without: ids)
      if file == "interactions.tsv" { eventsLeft = kept.count { $0 == 0x0A } - 1 }
      files.append((path, kept))
    }
    let tablePath = "\(directory)/users.safetensors"
    if let bytes = try Self.bytes(tablePath, disk) {
      do throws(ModelError) { files.append((tablePath, try UserTable.removing(ids, from: bytes).bytes)) } catch {
        throw DataError(tablePath, .malformed, error.description)
      }
    }
    let checkpointPath = "\(directory)/checkpoint.safetensors"
    if let bytes = try Self.bytes(checkpointPath, disk) {
      do throws(ModelError) { files.append((checkpointPath, try Self.checkpoint(bytes, without: ids))) } catch {
        throw DataError(checkpointPath, .malformed, error.description)
      }
    }
    let summaryPath = "\(directory)/dataset.json"
    if let eventsLeft, let bytes = try Self.bytes(summaryPath, disk) {
      let summary = try DataSetJSON.decode(DataSet.Summary.self, bytes, summaryPath)
      var counted = summary.counting(events: eventsLeft, users: dictionary.count)
      let sizes = files.map { (String($0.path.dropFirst(directory.count + 1)), $0.bytes.count) }
      for (name, size) in sizes + [("users.dict", dictionary.bytes.count)] where counted.fileBytes?[name] != nil {
        counted.fileBytes?[name] = size
      }
      files.append((summaryPath, DataSetJSON.encode(counted)))
    }
    files.append(("\(directory)/users.dict", dictionary.bytes))
  }

  /// A model's parameters in float32 without the rows of users.
  private static func checkpoint(_ bytes: [UInt8], without ids: Set<UInt64>) throws(ModelError) -> [UInt8] {
    let file = try SafetensorsFile(bytes, as: .checkpoint)
    let users = try UserTable.removing(ids, from: file.part("users.")).bytes
    var writer = SafetensorsWriter()
    try writer.add(users, of: .users, prefix: "users.")
    try writer.add(file.part("items."), of: .items, prefix: "items.")
    try writer.add(file.part("weights."), of: .weights, prefix: "weights.")
    if let constant = file["constant"] {
      writer.add("constant", try file.floats("constant", shape: constant.shape), shape: constant.shape)
    }
    return writer.file()
  }

  /// A table of which the first column is a user, without their rows.
  private static func rows(_ bytes: [UInt8], without ids: Set<UInt64>) -> [UInt8] {
    lines(bytes) { line in
      UInt64(digits: String(decoding: line.prefix { $0 != 0x09 }, as: UTF8.self)).map { !ids.contains($0) } ?? true
    }
  }

  /// Objects that begin with `{"id":`, without theirs.
  private static func objects(_ bytes: [UInt8], without ids: Set<UInt64>) -> [UInt8] {
    lines(bytes) { line in
      let digits = line.dropFirst(6).prefix { (0x30...0x39).contains($0) }
      return UInt64(digits: String(decoding: digits, as: UTF8.self)).map { !ids.contains($0) } ?? true
    }
  }

  private static func lines(_ bytes: [UInt8], _ isKept: (ArraySlice<UInt8>) -> Bool) -> [UInt8] {
    var kept: [UInt8] = []
    kept.reserveCapacity(bytes.count)
    for line in bytes.split(separator: 0x0A) where isKept(line) {
      kept += line
      kept.append(0x0A)
    }
    return kept
  }

  private static func bytes(_ path: String, _ disk: some Disk) throws(DataError) -> [UInt8]? {
    do throws(DiskError) { return try disk.read(path, limit: fileBytesMax) } catch {
      throw DataError(path, .unreadable, error.text)
    }
  }
}
