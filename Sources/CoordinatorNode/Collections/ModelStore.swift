package import Kernels
import Bytes
package import Ranking
package import Storage
package import Wire

/// Model files in the data directory, by the hash of their content, and those that are being uploaded. Calls block.
package struct ModelStore: Sendable {
  private let directory: String
  private let disk: any Disk
  private let kernels: KernelSet
  private static let uploadPrefix = "upload-"

  /// The store of a data directory; what earlier uploads have left is removed.
  package init(_ data: DataDirectory, kernels: KernelSet = KernelSet()) throws(DiskError) {
    self.kernels = kernels
    disk = data.disk
    directory = data.file("models")
    try disk.makeDirectory(directory)
    for name in try disk.list(directory) where name.hasPrefix(Self.uploadPrefix) {
      try disk.remove("\(directory)/\(name)")
    }
  }

  /// Adds bytes to a file that is being uploaded.
  package func append(_ bytes: [UInt8], to upload: UInt64, _ file: ModelLoadRequest.File) throws(DiskError) {
    try disk.openForAppending(staged(upload, file)).append(bytes)
  }

  /// Makes an uploaded model a kept one.
  ///
  /// - Throws: MODEL_REFUSED with the reason, STORAGE_FULL, STORAGE_FAILED; the upload is still there then.
  package func keep(_ upload: UInt64, sha256: [UInt8], check: (Model) throws(ModelError) -> Void) throws(WireError)
    -> ServingModel
  {
    let serving = try load { staged(upload, $0) }
    guard serving.model.hash == sha256 else {
      throw WireError(.modelRefused, message: "the SHA-256 of the files is another one")
    }
    do throws(ModelError) { try check(serving.model) } catch { throw WireError(error) }
    do throws(DiskError) {
      for file in ModelLoadRequest.File.allCases where try isThere(staged(upload, file)) {
        try disk.openForAppending(staged(upload, file)).sync()
        try disk.rename(staged(upload, file), to: kept(sha256, file))
      }
    } catch {
      throw WireError(error)
    }
    return serving
  }

  /// The files of a kept model, for people.
  func pattern(_ sha256: [UInt8]) -> String { "\(directory)/\(ContentHash.hexadecimal(sha256))-*" }

  /// Loads a kept model.
  ///
  /// - Throws: MODEL_REFUSED if its files are not what they were.
  package func load(_ sha256: [UInt8]) throws(WireError) -> ServingModel {
    let serving = try load { kept(sha256, $0) }
    guard serving.model.hash == sha256 else {
      throw WireError(.modelRefused, message: "the files on disk have changed: their SHA-256 is another one")
    }
    return serving
  }

  /// Some bytes of a file of a kept model, and how many it has: 0 if it is not there.
  ///
  /// - Throws: STORAGE_FAILED.
  package func read(
    _ sha256: [UInt8], _ file: ModelLoadRequest.File, at offset: UInt64
  ) throws(WireError) -> (bytes: [UInt8], total: UInt64) {
    do throws(DiskError) {
      let open = try disk.openForReading(kept(sha256, file))
      guard offset < UInt64(open.size) else { return ([], UInt64(open.size)) }
      return (try open.read(at: Int(offset), count: Self.readBytes), UInt64(open.size))
    } catch {
      guard !error.isMissing else { return ([], 0) }
      throw WireError(error)
    }
  }

  /// Bytes of a model that one read takes.
  private static let readBytes = 1 << 20

  /// Removes what is staged of an upload.
  package func discard(_ upload: UInt64) throws(DiskError) {
    for file in ModelLoadRequest.File.allCases { try disk.remove(staged(upload, file)) }
  }

  /// Removes all kept models but those of these hashes.
  package func prune(besides hashes: [[UInt8]]) throws(DiskError) {
    let prefixes = hashes.map { ContentHash.hexadecimal($0) + "-" } + [Self.uploadPrefix]
    for name in try disk.list(directory) where !prefixes.contains(where: name.hasPrefix) {
      try disk.remove("\(directory)/\(name)")
    }
  }

  private func load(_ path: (ModelLoadRequest.File) -> String) throws(WireError) -> ServingModel {
    var files: [ModelLoadRequest.File: [UInt8]] = [:]
    do throws(DiskError) {
      for file in ModelLoadRequest.File.allCases {
        files[file] = try disk.read(path(file), limit: Int(file.bytesMax))
      }
    } catch {
      throw WireError(error)
    }
    guard let manifest = files[.manifest], let weights = files[.weights] else {
      throw WireError(.modelRefused, message: "manifest.json or weights.safetensors is missing")
    }
    do throws(ModelError) {
      var words = WordFiles()
      (words.lexicon, words.text, words.suggestions) = (files[.lexicon], files[.text], files[.suggestions])
      (words.synonyms, words.protected) = (files[.synonyms], files[.protected])
      let model = try Model.load(
        manifest: manifest, weights: weights, users: files[.users], tower: files[.tower], words: words)
      return ServingModel(model, manifestBytes: manifest, kernels: kernels)
    } catch {
      throw WireError(error)
    }
  }

  private func isThere(_ path: String) throws(DiskError) -> Bool {
    try disk.list(directory).contains { "\(directory)/\($0)" == path }
  }

  private func staged(_ upload: UInt64, _ file: ModelLoadRequest.File) -> String {
    "\(directory)/\(Self.uploadPrefix)\(upload)-\(file.fileName)"
  }

  private func kept(_ sha256: [UInt8], _ file: ModelLoadRequest.File) -> String {
    "\(directory)/\(ContentHash.hexadecimal(sha256))-\(file.fileName)"
  }
}

extension WireError {
  /// The answer to files that make no model.
  init(_ error: ModelError) { self.init(.modelRefused, message: error.description) }
}
