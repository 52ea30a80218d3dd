import Arguments
import DataSets
import Learning
import Storage

/// Where a training run writes: the model, and in a directory beside it how far it has come.
struct TrainPlace {
  let isResumed: Bool
  private let model: OutputDirectory
  private let work: OutputDirectory
  private let history: OutputFile?
  private let plot: OutputFile?
  private static let (recordName, checkpointName) = ("training.json", "checkpoint.safetensors")
  private static let textName = "text.safetensors"
  private static let checkpointBytesMax = 16 << 30

  /// - Throws: If something is in the way, or there is nothing to resume; nothing was changed.
  init(_ session: Session) throws(Failure) {
    isResumed = session[TrainVerb.resume]
    model = try OutputDirectory(TrainVerb.out, .model, session, replaces: isResumed)
    work = try OutputDirectory(model.path + ".training", .interruptedRun, force: true)
    for flag in [TrainVerb.history, TrainVerb.plot] {
      guard let path = session[flag],
        FileIdentity.parent(of: path) == FileIdentity(work.path)
      else { continue }
      throw session.usage(flag, "lies in \(work.path), which holds nothing but how far the run has come")
    }
    history = try OutputFile.of(TrainVerb.history, .history, session)
    plot = try OutputFile.of(TrainVerb.plot, .plot, session)
    if isResumed {
      guard work.isThere else {
        throw Failure(.failed, "there is no interrupted run in \(work.path)", advice: "leave out --resume to begin one")
      }
    } else if work.isThere {
      guard session[OutputDirectory.force] else {
        throw Failure(
          .conflict, "\(work.path) holds an interrupted run",
          advice: "go on with --resume, or start over with --force")
      }
    }
  }

  /// The directory of the model.
  var out: String { model.path }

  /// The record and checkpoint of the interrupted run; the checkpoint is missing if it had not come that far.
  func interrupted() throws(Failure) -> (record: TrainingRecord, checkpoint: [UInt8]?) {
    let path = "\(work.path)/\(Self.recordName)"
    let record: TrainingRecord
    do throws(DataError) { record = try TrainingRecord(path, json: try readText(path)) } catch { throw Failure(error) }
    return (record, try Files.readIfThere("\(work.path)/\(Self.checkpointName)", limit: Self.checkpointBytesMax))
  }

  private func readText(_ path: String) throws(DataError) -> [UInt8] {
    do throws(DiskError) {
      if let bytes = try RealDisk().read(path, limit: 64 << 20) { return bytes }
    } catch {
      throw DataError(path, .unreadable, error.text)
    }
    throw DataError(path, .unreadable, "there is no such file", advice: "start over with --force")
  }

  /// Keeps how far a run has come: first the record, which may be ahead, then the checkpoint.
  func keep(_ record: TrainingRecord, checkpoint: [UInt8]?) throws(Failure) {
    try work.write(Self.recordName, record.json)
    if let checkpoint { try work.write(Self.checkpointName, checkpoint) } else { try work.remove(Self.checkpointName) }
  }

  /// Keeps how far the text tower has come.
  func keep(text: [UInt8]) throws(Failure) { try work.write(Self.textName, text) }

  /// How far the text tower of the interrupted run had come; `nil` if it had not begun.
  func interruptedText() throws(Failure) -> [UInt8]? {
    isResumed ? try Files.readIfThere("\(work.path)/\(Self.textName)", limit: Self.checkpointBytesMax) : nil
  }

  /// Writes the model.
  func write(_ files: [(name: String, bytes: [UInt8])]) throws(Failure) { try model.write(files) }

  /// Writes what people read of a run, as far as they asked for it.
  func writeReports(_ record: TrainingRecord) throws(Failure) {
    try history?.finish(record.historyJSON)
    try plot?.finish(Array(CurvePlot(record).svg.utf8))
  }

  /// Ends a run that is not to be resumed. What cannot be removed is in the way of no model.
  func removeCheckpoints() { try? work.remove() }
}
