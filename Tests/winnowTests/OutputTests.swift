import Arguments
import Foundation
import Support
import Testing

@testable import winnow

/// An output never destroys what a person has.
struct OutputTests {
  private let folder = TemporaryDirectory()

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  private func write(_ name: String, _ text: String) throws {
    try FileManager.default.createDirectory(
      atPath: (path(name) as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: path(name)))
  }

  private func text(_ name: String) -> String? { try? String(contentsOfFile: path(name), encoding: .utf8) }

  private func names(_ directory: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(directory)).sorted()
  }

  /// The exit code and message with which the guard or the verb refuses a command line; `nil` if neither does.
  private func refusal(_ arguments: [String]) -> (code: ExitCode, message: String)? {
    guard case .run(let values) = Program.command.parse(arguments) else { return nil }
    do throws(Failure) {
      try OutputGuard.check(values)
      return nil
    } catch { return (error.code, error.message) }
  }

  private func failure(_ body: () throws(Failure) -> Void) -> Failure? {
    do throws(Failure) {
      try body()
      return nil
    } catch { return error }
  }

  @Test func outputThatIsAnInputIsRefused() throws {
    try write("log.csv", "user,item\na,b\n")
    try write("data/dataset.json", "{}")
    try FileManager.default.createSymbolicLink(atPath: path("link"), withDestinationPath: path("log.csv"))
    try FileManager.default.linkItem(atPath: path("log.csv"), toPath: path("hard"))
    try FileManager.default.createSymbolicLink(atPath: path("other"), withDestinationPath: path("data"))
    let log = path("log.csv")
    let lines: [[String]] = [
      ["feed", "--reject", log, log], ["feed", "--reject", path("link"), log], ["feed", "--reject", path("hard"), log],
      ["feed", "--reject", "\(folder.path)//./data/../log.csv", log], ["feed", "--resume", log, log],
      ["feed", "--vectors", log, "--reject", log, "-"], ["bench", "--queries", log, "--html", log],
      ["bench", "--merge", log, "--hdr", log], ["bench", "--compare", log, "--html", path("hard")],
      ["import", "tsv", "--out", path("data"), "--dictionaries", path("data"), log],
      ["import", "tsv", "--out", path("other"), "--dictionaries", path("data"), log],
      ["import", "tsv", "--out", folder.path, log], ["import", "tsv", "--out", folder.path, "--items", log, "-"],
      ["import", "movielens", "--out", path("data"), path("other")],
      ["train", "--out", path("data"), path("other")],
      ["train", "--out", path("m"), "--history", path("data/dataset.json"), path("data")],
      ["train", "--out", path("m"), "--from", path("m"), path("data")],
      ["model", "compress", "--out", path("data"), path("x"), path("data")],
    ]
    for line in lines {
      let refused = try #require(refusal(line), "\(line)")
      #expect(refused.code == .usage, "\(line)")
      #expect(refused.message.hasPrefix("winnow \(line[0])") && refused.message.contains(" lost"), "\(refused)")
    }
    #expect(text("log.csv") == "user,item\na,b\n")
    // However the way to it is written.
    try write("set/items.jsonl", "{}")
    try FileManager.default.createSymbolicLink(atPath: path("way"), withDestinationPath: path("set/items.jsonl"))
    #expect(
      refusal(["import", "tsv", "--out", path("set"), "--items", path("way"), "x"])?.message.contains("holds --items")
        == true)
    #expect(mkfifo(path("pipe"), 0o600) == 0)
    #expect(refusal(["feed", "--reject", path("pipe"), path("pipe")])?.message.contains("is FILE too") == true)
    #expect(refusal(["feed", "--reject", "/dev/null", "/dev/null"]) == nil)
  }

  @Test func twoOutputsThatAreOneAreRefused() {
    let lines: [[String]] = [
      ["bench", "--html", path("a"), "--hdr", path("a")], ["bench", "--html", path("new/a"), "--hdr", path("new/./a")],
      ["feed", "--reject", path("a"), "--resume", path("a"), "-"],
      ["train", "--out", path("m"), "--history", path("h"), "--plot", path("h"), "d"],
    ]
    for line in lines { #expect(refusal(line)?.message.hasSuffix("each would write over the other") == true) }
    #expect(
      refusal(["train", "--out", path("m"), "--history", path("m/h.json"), "d"])?.message.contains("lies in --out")
        == true)
    #expect(refusal(["bench", "--html", "-"])?.message.contains("cannot be standard output") == true)
    for line in [
      ["bench", "--html", path("a"), "--hdr", path("b")], ["bench", "--html", "/dev/null", "--hdr", "/dev/null"],
      ["train", "--out", path("m"), "--history", path("h"), "--plot", path("p"), "d"],
    ] { #expect(refusal(line) == nil) }
  }

  @Test func fileThatWinnowDidNotWriteIsReplacedByForceAlone() throws {
    try write("mine", "a diary")
    let refused = try #require(failure { () throws(Failure) in _ = try OutputFile(path("mine"), .page) })
    #expect(refused.code == .conflict && refused.advice.contains("--force"))
    #expect(text("mine") == "a diary")
    try OutputFile(path("mine"), .page, force: true).finish(Array("page".utf8))
    #expect(text("mine") == "page")
    #expect(failure { () throws(Failure) in _ = try OutputFile(folder.path, .page, force: true) }?.code == .usage)
    // Nothing is lost with an empty file.
    try write("empty", "")
    try OutputFile(path("empty"), .page).finish(Array("page".utf8))
    #expect(text("empty") == "page")
  }

  @Test(arguments: [
    (FileForm.rejects, "{\"line\": 1, \"id\": null, \"error\": \"no\"}\n"),
    (.resumption, "{\"flags\": {}, \"writers\": [1]}\n"), (.history, "{\n  \"epochs\" : [\n"),
    (.page, "<!doctype html>\n<html><head><title>winnow bench: shop</title>"),
    (.plot, "<svg xmlns=\"\" aria-label=\"Loss and metrics over the epochs\">"),
    (.histogramLog, "#[Histogram log format version 1.3]\n#[LoggedBy: winnow bench]\n"),
  ]) func fileOfTheSameKindIsReplaced(form: FileForm, text old: String) throws {
    try write("old", old)
    try OutputFile(path("old"), form).finish(Array("new".utf8))
    #expect(text("old") == "new")
    for other in ["x" + old, String(old.dropFirst()), "<!doctype html><title>mine</title>", "{\"a\": 1}"] {
      try write("other", other)
      #expect(failure { () throws(Failure) in _ = try OutputFile(path("other"), form) }?.code == .conflict, "\(other)")
    }
  }

  @Test func oldFileStaysUntilTheNewOneIsWhole() throws {
    try write("report", "<!doctype html><title>winnow bench: old")
    try write("report.new", "mine")
    do {
      let file = try OutputFile(path("report"), .page)
      try file.write(Array("half".utf8))
      #expect(text("report")?.hasSuffix("old") == true)
      #expect(try names().count == 3)
    }
    // Given up: nothing is left of it.
    #expect(try names() == ["report", "report.new"])
    #expect(text("report")?.hasSuffix("old") == true && text("report.new") == "mine")
    let file = try OutputFile(path("deep/er/report"), .page)
    try file.finish(Array("whole".utf8))
    #expect(text("deep/er/report") == "whole")
  }

  @Test func linkStaysALink() throws {
    try write("target", "")
    try FileManager.default.createSymbolicLink(atPath: path("link"), withDestinationPath: path("target"))
    try OutputFile(path("link"), .page).finish(Array("page".utf8))
    #expect(text("target") == "page")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path("link")) == path("target"))
    try FileManager.default.createSymbolicLink(atPath: path("loose"), withDestinationPath: path("nothing"))
    #expect(
      failure { () throws(Failure) in _ = try OutputFile(path("loose"), .page) }?.message.contains("link") == true)
  }

  @Test func deviceOrPipeIsWrittenInPlace() throws {
    #expect(mkfifo(path("pipe"), 0o600) == 0)
    // Both ends are open, so that neither waits for the other.
    let reader = open(path("pipe"), O_RDWR)
    defer { close(reader) }
    try OutputFile(path("pipe"), .histogramLog).finish(Array("log".utf8))
    var buffer = [UInt8](repeating: 0, count: 8)
    #expect(read(reader, &buffer, 8) == 3 && buffer.starts(with: "log".utf8))
    var status = stat()
    #expect(lstat(path("pipe"), &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    try OutputFile("/dev/null", .page).finish(Array("page".utf8))
    #expect(lstat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
  }

  @Test func directoryThatHoldsAnythingElseIsRefusedEvenWithForce() throws {
    try write("model/manifest.json", "{\"format\": \"winnow-model\"}")
    try write("model/notes.txt", "mine")
    for force in [false, true] {
      for form in [DirectoryForm.model, .dataSet, .shop] {
        let failure = failure { () throws(Failure) in _ = try OutputDirectory(path("model"), form, force: force) }
        #expect(failure?.code == .conflict && failure?.advice.contains("never removed") == true)
      }
    }
    try write("nested/data/dataset.json", "{}")
    let nested = failure { () throws(Failure) in _ = try OutputDirectory(path("nested"), .shop, force: true) }
    #expect(nested?.message.contains("'data'") == true)
    try write("file", "mine")
    #expect(failure { () throws(Failure) in _ = try OutputDirectory(path("file"), .model, force: true) } != nil)
    #expect(try names("model") == ["manifest.json", "notes.txt"] && text("file") == "mine")
  }

  @Test func directoryIsReplacedAsAWholeWhereThatIsMeant() throws {
    let files = [
      ("interactions.tsv", [UInt8]("a".utf8)), ("dataset.json", Array("{\"format\": \"winnow-dataset\"}".utf8)),
    ]
    let named = files.map { (name: $0.0, bytes: $0.1) }
    // Files of these names that are not known to be Winnow's.
    try write("data/items.jsonl", "{\"id\": 1}\n")
    let refused = failure { () throws(Failure) in _ = try OutputDirectory(path("data"), .dataSet, force: false) }
    #expect(refused?.code == .conflict && text("data/items.jsonl") == "{\"id\": 1}\n")
    try OutputDirectory(path("data"), .dataSet, force: true).write(named)
    #expect(try names("data") == ["dataset.json", "interactions.tsv"])
    // What an earlier import wrote is replaced; what this one has not goes.
    try write("data/test.tsv", "old")
    try write("data/items.dict.part", "cut short")
    try OutputDirectory(path("data"), .dataSet, force: false).write(named)
    #expect(try names("data") == ["dataset.json", "interactions.tsv", "items.dict.part"])
    // A file of another size than the import noted is a person's.
    let noted = Array("{\"file_bytes\": {\"interactions.tsv\": 1}, \"format\": \"winnow-dataset\"}".utf8)
    try OutputDirectory(path("data"), .dataSet, force: true).write([named[0], ("dataset.json", noted)])
    #expect(failure { () throws(Failure) in _ = try OutputDirectory(path("data"), .dataSet, force: false) } == nil)
    try write("data/interactions.tsv", "mine")
    #expect(failure { () throws(Failure) in _ = try OutputDirectory(path("data"), .dataSet, force: false) } != nil)
    // A model stays unless it is said.
    try write("model/manifest.json", "{\"format\": \"winnow-model\"}")
    let model = failure { () throws(Failure) in _ = try OutputDirectory(path("model/"), .model, force: false) }
    #expect(model?.message == "\(path("model")) is there already")
    let resumed = try OutputDirectory(path("model"), .model, force: false, replaces: true)
    try resumed.remove()
    #expect(try names() == ["data"])
  }

  @Test func onlyTheirFilesAreRemovedOfADirectory() throws {
    try write("run.training/training.json", "{}")
    let work = try OutputDirectory(path("run.training"), .interruptedRun, force: true)
    try work.write("checkpoint.safetensors", [1])
    #expect(work.isThere)
    try write("run.training/mine", "mine")
    try work.remove()
    #expect(try names("run.training") == ["mine"])
  }
}
