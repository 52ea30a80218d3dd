import Arguments
import DataSets
import Evaluation
import JSON
import Kernels
import Ranking
import SocketTransport
import Storage
import Vocabulary

/// `winnow model compress`: a model that computes in fewer bits, and what that costs.
enum ModelCompressVerb {
  static let arithmetic = Flag("arithmetic", .choice(["bf16", "int8"]), "What to compute in.", default: "int8")
  static let out = Flag.required("out", .outputDirectory, "Where to write the new model.")
  static let samples = Flag(
    "samples", .int(1...100_000), "Number of users whose candidates give the ranges.", group: "Test", default: "256")
  static let split = Flag(
    "split", .string, "Tested events, as in 'winnow evaluate'.", group: "Test", placeholder: "RULE")
  static let k = Flag("k", .int(1...Limits.kMax), "First places that count.", group: "Test", default: "10")
  static let depth = Flag("depth", .int(1...Limits.depthMax), "Candidates to re-rank.", group: "Test", default: "100")
  static let threads = Flag("threads", .int(1...256), "Threads; all cores if left out.", group: "Test")
  static let model = Positional("MODEL", .file, "A model directory.")
  static let data = Positional("DATA", .file, "A data set directory.")

  static let verb = Verb(
    command: Command(
      name: "compress", summary: "Make a model compute in bf16 or int8, and show the cost in quality",
      details: """
        MODEL is a directory that 'winnow train' wrote, DATA the data set that it was trained on. The network's layers \
        but the last are computed in fewer bits, within ranges that users of DATA show; rerank vectors then travel in half \
        the bytes. Both models rank the held-out events; the difference is paired, user by user. The new model is a \
        directory like any other, for 'winnow model push'.
        """,
      flags: [arithmetic, out, OutputDirectory.force, samples, split, k, depth, threads],
      positionals: [model, data]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let directory = session[Self.model]
    let out = try OutputDirectory(Self.out, .model, session)
    let arithmetic = Arithmetic(rawValue: session[Self.arithmetic]) ?? .int8
    let (exact, test) = try read(directory, session)
    guard exact.model.manifest.arithmetic == .float32 else {
      throw Failure(
        .conflict, "\(directory) computes in \(exact.model.manifest.arithmetic.rawValue) already",
        advice: "give the float32 model that it was made of")
    }
    guard exact.model.manifest.layers.count > 1 else {
      throw Failure(.failed, "\(directory) has one layer, which stays float32", advice: "there is nothing to compress")
    }
    let (depth, k): (Int, Int) = (session[Self.depth], session[Self.k])
    let calibration = TwoPhaseRanker(exact).calibration(test, samples: session[Self.samples], depth: depth)
    let manifest = try Files.read("\(directory)/\(ModelFile.manifest.rawValue)", limit: Model.manifestBytesMax)
    let weights = try Files.read("\(directory)/\(ModelFile.weights.rawValue)", limit: Model.weightsBytesMax)
    let users = try Files.readIfThere("\(directory)/\(ModelFile.users.rawValue)", limit: Model.usersBytesMax)
    let tower = try Files.readIfThere("\(directory)/\(ModelFile.tower.rawValue)", limit: Model.towerBytesMax)
    let words = try WordFiles { (file, limit) throws(Failure) in
      try Files.readIfThere("\(directory)/\(file.rawValue)", limit: limit)
    }
    let (files, compressed) = try Failure.wrap { () throws(ModelError) in
      let files = try calibration.files(manifest: manifest, weights: weights, arithmetic: arithmetic)
      let model = try Model.load(
        manifest: files.manifest, weights: files.weights, users: users, tower: tower, words: words)
      return (files, exact.computing(with: model))
    }
    let threads = session[Self.threads] ?? ComputePool.coreCount
    let run = { (served: ServedModel) in TwoPhaseRanker(served).run(test, depth: depth, k: k, threads: threads).reranked
    }
    var report = EvaluationReport(ks: [k], threads: threads)
    let (before, after) = (run(exact), Standing(report.final, run(compressed).cases))
    report.title =
      "\(arithmetic.rawValue) beside float32 on \(Text.grouped(test.cases.count)) cases, split \(test.choice.text), "
      + "depth \(Text.grouped(depth)); ranges of \(Text.grouped(calibration.sampleCount)) queries"
    report.facts = [
      ("out", .text(out.path)), ("arithmetic", .text(arithmetic.rawValue)), ("cases", .int(test.cases.count)),
      ("samples", .int(calibration.sampleCount)), ("depth", .int(depth)),
    ]
    report.notes = test.warnings(exact.heldOut)
    report.add(after, itemCount: exact.ids.count)
    report.add(Standing("float32", before.cases), itemCount: exact.ids.count)
    report.compare(after, with: Standing("float32", before.cases))
    report.rivals = ["float32"]
    try write(files, of: directory, to: out)
    session.print(report.json, human: report.text)
    return .ok
  }

  private static func read(_ directory: String, _ session: Session) throws(Failure) -> (ServedModel, TestSet) {
    var options = TestSet.Options()
    if let text = session[Self.split] {
      guard let choice = SplitChoice(text) else {
        throw session.usage(Self.split, "is not last, test, validation or a date such as date:2011-10-01")
      }
      options.choice = choice
    }
    do throws(DataError) {
      let model = try ServedModel.read(directory, on: RealDisk())
      let read = try DataSet.read(session[Self.data], on: RealDisk())
      return (model, try TestSet(read, held: model.heldOut, options))
    } catch {
      throw Failure(error)
    }
  }

  /// The other files of the model go along as they are, and nothing else that lies there; the manifest comes last, as
  /// without it there is no model.
  private static func write(
    _ new: (manifest: [UInt8], weights: [UInt8]), of directory: String, to out: OutputDirectory
  ) throws(Failure) {
    let names: [String]
    do throws(DiskError) { names = try RealDisk().list(directory) } catch { throw Failure(error) }
    var files: [(name: String, bytes: [UInt8])] = []
    for name in names
    where DirectoryForm.model.files.contains(name) && name != ModelFile.manifest.rawValue
      && name != ModelFile.weights.rawValue
    {
      files.append((name, try Files.read("\(directory)/\(name)", limit: 64 << 30)))
    }
    files.append((ModelFile.weights.rawValue, new.weights))
    files.append((ModelFile.manifest.rawValue, new.manifest))
    try out.write(files)
  }
}
