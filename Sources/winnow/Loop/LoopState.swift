import Arguments
import JSON
import Storage
import Vocabulary

/// How far `winnow loop` has come, in `loop.json` of its directory: what an interrupted run goes on from.
struct LoopState: Equatable {
  /// A step of a run, in its order.
  enum Step: String, CaseIterable {
    case export, `import`, train, evaluate, push
  }

  static let fileName = "loop.json"
  private static let mark = "winnow-loop"
  private static let byteCountMax = 1 << 16

  /// The run that is under way, or the last one; 0: none was begun.
  var run = 0
  /// What comes next; `nil`: the run has ended.
  var next: Step?
  /// Events from then on are held out, in milliseconds since 1970; known after the import.
  var heldFrom: Int64?
  /// The model that the loop has pushed last.
  var serving: String?
  /// NDCG@10 of the candidate less that of the serving model, with its interval; known after the evaluation.
  var difference: [Double]?

  /// Reads a loop's directory; a new one has no file yet.
  static func read(_ directory: String) throws(Failure) -> LoopState {
    let path = "\(directory)/\(fileName)"
    guard let bytes = try Files.readIfThere(path, limit: byteCountMax) else { return LoopState() }
    let json = try? JSONReader.read(bytes[...])
    guard let fields = json, case .text(mark)? = fields["kind"], case .int(let run)? = fields["run"] else {
      throw Failure(
        .failed, "\(path.visible) is not how far a loop has come", advice: "remove it: the loop begins with a new run")
    }
    var state = LoopState()
    state.run = run
    if case .text(let word)? = fields["next"] { state.next = Step(rawValue: word) }
    if case .int(let time)? = fields["held_from"] { state.heldFrom = Int64(time) }
    if case .text(let path)? = fields["serving"] { state.serving = path }
    if case .list(let values)? = fields["difference"] {
      let numbers = values.compactMap(\.asNumber)
      state.difference = numbers.count == 3 ? numbers : nil
    }
    return state
  }

  /// Writes it, on the disk before this returns.
  func write(_ directory: String) throws(Failure) {
    let json = JSON.object([
      ("kind", .text(Self.mark)), ("run", .int(run)), ("next", next.map { .text($0.rawValue) } ?? .null),
      ("held_from", heldFrom.map { .int(Int($0)) } ?? .null), ("serving", serving.map { .text($0) } ?? .null),
      ("difference", difference.map { .list($0.map { .number($0) }) } ?? .null),
    ])
    try Files.write("\(directory)/\(Self.fileName)", Array((json.text + "\n").utf8))
  }
}
