import Arguments
import FoundationEssentials
import Storage
import Training

/// Where a training run writes: the model beside its place until it is whole, checkpoints in a directory of their own.
struct TrainPlace {
  let out: String
  let isResumed: Bool
  private let replaces: Bool
  private var work: String { out + ".training" }
  private static let checkpointBytesMax = 16 << 30

  /// - Throws: If something is in the way, or there is nothing to resume.
  init(_ session: Session) throws(Failure) {
    var path: String = session.values.value("out")
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    out = path
    isResumed = session.values.value("resume")
    replaces = isResumed || session.values.value("force", as: Bool.self)
    let hasWork = (try? RealDisk().list(work)) != nil
    if isResumed {
      guard hasWork else {
        throw Failure(.failed, "there is no interrupted run in \(work)", advice: "leave out --resume to begin one")
      }
      return
    }
    guard replaces || (try? RealDisk().list(out)) == nil else {
      throw Failure(.conflict, "\(out) is there already", advice: "--force replaces it")
    }
    guard replaces || !hasWork else {
      throw Failure(
        .conflict, "\(work) holds an interrupted run", advice: "go on with --resume, or begin anew with --force")
    }
  }

  /// The record and checkpoint of the interrupted run; the checkpoint is missing if it had not come that far.
  func interrupted() throws(Failure) -> (record: TrainingRecord, checkpoint: [UInt8]?) {
    let path = work + "/training.json"
    let record: TrainingRecord
    do throws(DataError) { record = try TrainingRecord(path, json: try readText(path)) } catch { throw Failure(error) }
    return (record, try Files.readIfThere(work + "/checkpoint.safetensors", limit: Self.checkpointBytesMax))
  }

  private func readText(_ path: String) throws(DataError) -> [UInt8] {
    do throws(DiskError) {
      if let bytes = try RealDisk().read(path, limit: 64 << 20) { return bytes }
    } catch {
      throw DataError(path, .unreadable, error.text)
    }
    throw DataError(path, .unreadable, "there is no such file", advice: "begin anew with --force")
  }

  /// Keeps how far a run has come: first the record, which may be ahead, then the checkpoint.
  func keep(_ record: TrainingRecord, checkpoint: [UInt8]?) throws(Failure) {
    try Files.write(work + "/training.json", record.json)
    if let checkpoint {
      try Files.write(work + "/checkpoint.safetensors", checkpoint)
    } else {
      try? RealDisk().remove(work + "/checkpoint.safetensors")
    }
  }

  /// Writes the model's files beside its place, then puts the directory there.
  func write(_ directory: ModelDirectory) throws(Failure) {
    let new = out + ".new"
    let old = out + ".old"
    Self.removeTree(new)
    Self.removeTree(old)
    for file in directory.files { try Files.write("\(new)/\(file.name)", file.bytes) }
    do throws(DiskError) {
      if (try? RealDisk().list(out)) != nil { try RealDisk().rename(out, to: old) }
      try RealDisk().rename(new, to: out)
    } catch {
      throw Failure(error)
    }
    Self.removeTree(old)
  }

  /// Ends a run that is not to be resumed.
  func removeCheckpoints() { Self.removeTree(work) }

  private static func removeTree(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
