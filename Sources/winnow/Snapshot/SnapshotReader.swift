import Arguments
import Bytes
import JSON
import Ranking
import Storage
import Vocabulary
import Wire

/// Reads a snapshot's directory, and believes nothing of it that its hashes do not say.
struct SnapshotReader: Sendable {
  let directory: String
  let manifest: SnapshotManifest

  /// Reads the manifest of a snapshot.
  init(_ directory: String) throws(Failure) {
    self.directory = directory
    guard let text = try Files.readIfThere("\(directory)/\(SnapshotManifest.fileName)", limit: 64 << 20),
      let checksum = try Files.readIfThere("\(directory)/\(SnapshotManifest.checksumName)", limit: 4096)
    else { throw Self.damaged("\(directory) holds no complete snapshot") }
    guard checksum == Self.checksum(of: text) else {
      throw Self.damaged("\(directory)/\(SnapshotManifest.fileName) is not the file that was written: its hash differs")
    }
    let json: JSON
    do throws(JSONReader.Mistake) { json = try JSONReader.read(text[...]) } catch {
      throw Self.damaged("\(directory)/\(SnapshotManifest.fileName): \(error.text)")
    }
    guard let manifest = SnapshotManifest(json) else {
      throw Self.damaged("\(directory)/\(SnapshotManifest.fileName) is of no format that this version knows")
    }
    self.manifest = manifest
  }

  /// The file beside the manifest.
  static func checksum(of text: [UInt8]) -> [UInt8] {
    Array("\(ContentHash.hexadecimal(ContentHash.sha256(text)))  \(SnapshotManifest.fileName)\n".utf8)
  }

  /// Reads every byte and compares it with what the manifest says.
  func verify() throws(Failure) {
    var (contents, histories): ([InstanceKey: ItemDigest], [InstanceKey: ItemDigest]) = ([:], [:])
    for shard in manifest.shards {
      var segment = try segment(shard)
      while let part = try segment.next() {
        try contents[part.key, default: ItemDigest()].add(digest(of: part))
        histories[part.key, default: ItemDigest()].add(part.historyDigest)
      }
    }
    for collection in manifest.collections {
      guard contents.removeValue(forKey: collection.key) ?? ItemDigest() == collection.content else {
        throw Self.damaged("the items of collection \(collection.key.name) are not those that were written")
      }
      guard histories.removeValue(forKey: collection.key) ?? ItemDigest() == collection.histories else {
        throw Self.damaged("the histories of collection \(collection.key.name) are not those that were written")
      }
      for file in collection.model { _ = try model(file, of: collection) }
    }
  }

  /// Looks whether every file is there to its end, without reading it: cheap, and no proof that it is whole.
  func checkEnds() throws(Failure) {
    func missing(_ path: String) -> Failure {
      Self.damaged("\(path) is missing, or not the file that was written")
    }
    for shard in manifest.shards {
      let path = "\(directory)/\(shard.fileName)"
      guard FileIdentity(path).kind == .file else { throw missing(path) }
      do throws(StorageError) {
        try SegmentReader.checkEnds(
          path, on: RealDisk(), owner: manifest.id, number: UInt64(shard.shard), expecting: shard.digest)
      } catch { throw Self.damaged(error.text) }
    }
    for collection in manifest.collections {
      for file in collection.model {
        let path = "\(directory)/\(collection.fileName(file.file))"
        guard FileIdentity(path).kind == .file else { throw missing(path) }
        let size: Int
        do throws(DiskError) { size = try RealDisk().openForReading(path).size } catch {
          throw Self.damaged(error.text)
        }
        guard size == file.byteCount else { throw missing(path) }
      }
    }
  }

  /// The parts of a shard's segment, one after another.
  struct Segment {
    fileprivate var reader: SegmentReader
    fileprivate let keys: Set<InstanceKey>
    fileprivate let path: String
    fileprivate let format: UInt16

    /// The next part; `nil` at the end.
    mutating func next() throws(Failure) -> TransferPart? {
      let payload: [UInt8]?
      do throws(StorageError) { payload = try reader.next() } catch { throw SnapshotReader.damaged(error.text) }
      guard let payload else { return nil }
      guard let part = try? TransferPart(body: payload, version: format), keys.contains(part.key),
        part.gone.isEmpty, part.writers.isEmpty
      else { throw SnapshotReader.damaged("\(path) holds something else than items of its collections") }
      return part
    }
  }

  func segment(_ shard: SnapshotManifest.Shard) throws(Failure) -> Segment {
    let path = "\(directory)/\(shard.fileName)"
    do throws(StorageError) {
      let reader = try SegmentReader(
        path, on: RealDisk(), owner: manifest.id, number: UInt64(shard.shard), expecting: shard.digest)
      return Segment(
        reader: reader, keys: Set(manifest.collections.map(\.key)), path: path, format: manifest.format)
    } catch {
      throw Self.damaged(error.text)
    }
  }

  /// A file of a model, verified.
  func model(
    _ file: SnapshotManifest.ModelFile, of collection: SnapshotManifest.Collection
  ) throws(Failure) -> [UInt8] {
    let path = "\(directory)/\(collection.fileName(file.file))"
    guard let bytes = try Files.readIfThere(path, limit: Int(file.file.bytesMax)), bytes.count == file.byteCount,
      ContentHash.sha256(bytes) == file.sha256
    else { throw Self.damaged("\(path) is missing, or not the file that was written") }
    return bytes
  }

  /// Counts and sums the items of a part.
  func digest(of part: TransferPart) throws(Failure) -> ItemDigest {
    guard let collection = manifest.collections.first(where: { $0.key == part.key }),
      let digest = part.digest(collection.schema)
    else { throw Self.damaged("\(directory) holds items that do not fit their schema") }
    return digest
  }

  static func damaged(_ what: String) -> Failure {
    Failure(.failed, what, advice: "nothing was changed; use another snapshot", name: "DAMAGED_SNAPSHOT")
  }
}

extension TransferPart {
  /// Counts and sums the histories.
  var historyDigest: ItemDigest {
    var digest = ItemDigest()
    for history in histories?.histories ?? [] { digest.add(history) }
    return digest
  }

  /// Counts and sums the items; `nil` if they do not fit a schema.
  func digest(_ schema: CollectionSchema) -> ItemDigest? {
    var digest = ItemDigest()
    guard !ids.isEmpty else { return digest }
    let (d, r) = (embeddingDimension, rerankDimension)
    let names = attributes.columns.map(\.name)
    guard d == schema.embeddingDimension, r == schema.rerankDimension,
      names.allSatisfy({ name in schema.attributes.contains { $0.name == name } })
    else { return nil }
    let columns = schema.attributes.map { attribute in names.firstIndex(of: attribute.name) }
    for (row, id) in ids.enumerated() {
      digest.add(
        Item(
          id: ItemID(id), embedding: Array(embeddings[row * d..<(row + 1) * d]),
          rerank: Array(rerank[row * r..<(row + 1) * r]),
          attributes: columns.map { $0.flatMap { attributes.value(row: row, column: $0) } }))
    }
    return digest
  }
}
