import Arguments
import LoadClient
import Support
import Testing
import Vocabulary
import WinnowClient

@testable import winnow

struct BenchSetupTests {
  private func setup(_ line: String, level: String? = nil) throws -> BenchSetup {
    guard case .run(let values) = Program.command.parse(["bench"] + line.split(separator: " ").map(String.init)) else {
      throw Failure(.usage, "not understood")
    }
    let session = Session(values)
    return try BenchSetup(session, try BenchFlags.serviceLevel(session))
  }

  @Test func ratesRampsAndStepsAreRead() throws {
    #expect(try setup("--rate 5").plans.map(\.mode) == [.open(rate: LoadRate(5), arrivals: .constant)])
    #expect(
      try setup("--rate 5-10 --arrivals poisson").plans.map(\.mode)
        == [.open(rate: LoadRate(from: 5, to: 10), arrivals: .poisson)])
    #expect(try setup("--rate 5,10,20").plans.count == 3)
    #expect(try setup("--concurrency 3").plans.map(\.mode) == [.closed(concurrency: 3)])
  }

  @Test func lateIsTwoPerCentOfThePromise() throws {
    #expect(try setup("--slo p99<500ms").plans[0].lateMicroseconds == 10_000)
    #expect(try setup("--slo p99<20ms").plans[0].lateMicroseconds == 1000)
    #expect(try setup("").plans[0].lateMicroseconds == 1000)
  }

  @Test(arguments: [
    "--rate 0", "--rate 5-", "--rate a", "--rate 1,", "--rate 1-2-3", "--users 5", "--users 9-3", "--k 0", "--k 1001",
    "--depth x", "--mix 1:2", "--mix 0:0:0", "--mix -1:1:1", "--sessions 0-2000", "--selectivity 0.5", "--find-max",
    "--find-max --slo p99<5ms --rate 1,2", "--find-max --slo p99<5ms --concurrency 2", "--replay",
    "--slo recall@100>=0.9 --k 10", "--slo p99", "--write-ids 3",
  ]) func mistakesAreUsageErrors(line: String) throws {
    let failure = #expect(throws: Failure.self) { try setup(line) }
    #expect(failure?.code == .usage)
  }

  @Test func mistakesInAServiceLevelArePointedAt() throws {
    let failure = #expect(throws: Failure.self) { try setup("--slo p99<50ms,recal@5>=1") }
    #expect(failure?.message.hasSuffix("  p99<50ms,recal@5>=1\n           ^") ?? false, "\(failure?.message ?? "")")
  }

  @Test func fileIsReplayedAtItsOwnTimes() throws {
    let folder = TemporaryDirectory()
    let path = "\(folder.path)/queries.jsonl"
    let lines = [
      #"{"at": 100.5, "user": 7}"#, "", #"{"at": 100.5, "session": [1, 2], "k": 3, "filter": "price < 5"}"#,
      #"{"at": 102, "vector": [0.5, 1], "exclude": [9]}"#,
    ]
    try Files.write(path, Array(lines.joined(separator: "\n").utf8))
    let replayed = try setup("--queries \(path) --replay --k 2")
    #expect(replayed.plans.map(\.mode) == [.replay(microseconds: [0, 0, 1_500_000])])
    #expect(replayed.plans[0].durationMicroseconds == 1_500_001 && replayed.plans[0].warmupMicroseconds == 0)
    #expect(replayed.workload.listed.map(\.k) == [2, 3, 2])
    #expect(replayed.workload.listed[1].filter == "price < 5")
    #expect(
      try setup("--queries \(path) --rate 5").plans.map(\.mode) == [.open(rate: LoadRate(5), arrivals: .constant)])
  }

  @Test(arguments: [
    #"{"at": 2, "user": 1}"# + "\n" + #"{"at": 1, "user": 1}"#, #"{"user": -1}"#, "x", "", #"{"usr": 1}"#,
    #"{"at": "soon"}"#, #"{"at": 0, "user": 1}"# + "\n" + #"{"at": 1e300, "user": 1}"#,
  ]) func badQueryFilesAreRefused(text: String) throws {
    let folder = TemporaryDirectory()
    let path = "\(folder.path)/queries.jsonl"
    try Files.write(path, Array(text.utf8))
    #expect(throws: Failure.self) { try setup("--queries \(path)") }
  }

  @Test func linesWithoutTimesCannotBeReplayed() throws {
    let folder = TemporaryDirectory()
    let path = "\(folder.path)/queries.jsonl"
    try Files.write(path, Array(#"{"user": 1}"#.utf8))
    #expect(throws: Failure.self) { try setup("--queries \(path) --replay") }
    #expect(try setup("--queries \(path)").workload.listed.count == 1)
  }
}
