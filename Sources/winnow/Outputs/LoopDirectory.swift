import Storage
import Vocabulary

/// The directory of `winnow loop`: a folder for each run, with the log, the data set and the model.
struct LoopDirectory: Sendable {
  let path: String
  private let disk = RealDisk()

  init(_ path: String) { self.path = path }

  private var runs: String { "\(path)/runs" }

  private var numbers: [Int] { ((try? disk.list(runs)) ?? []).compactMap { Int($0) }.sorted() }

  /// 0 where no run was begun.
  var lastRun: Int { numbers.last ?? 0 }

  /// The folder of a run.
  func run(_ number: Int) -> String { "\(runs)/\(number)" }

  /// Makes the folder of a run.
  func make(_ number: Int) throws(Failure) {
    do throws(DiskError) {
      try disk.makeDirectory(runs)
      try disk.makeDirectory(run(number))
    } catch { throw Failure(error) }
  }

  /// Removes the oldest runs, but for the one whose model serves; files that the loop did not write stay.
  func keep(_ count: Int, serving: String?) {
    for number in numbers.dropLast(count) where serving != "\(run(number))/model" {
      for (name, form) in [("data", DirectoryForm.dataSet), ("model", .model)] {
        let part = "\(run(number))/\(name)"
        for file in ((try? disk.list(part)) ?? []) where form.knows(file) { try? disk.remove("\(part)/\(file)") }
        try? disk.removeDirectory(part)
      }
      try? disk.remove("\(run(number))/events.tsv")
      try? disk.removeDirectory(run(number))
    }
  }
}
