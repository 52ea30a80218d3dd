import Arguments
import Support
import Testing

@testable import winnow

/// Flags of the command line that have no effect beside the others are refused, before anything is read or asked.
@Suite struct UselessFlagTests {
  private let directory = TemporaryDirectory()

  private func refusal(_ line: String, _ environment: [String: String] = [:]) async throws -> Failure? {
    let words = line.split(separator: " ").map { $0 == "DIR" ? directory.path : String($0) }
    let outcome = Program.command.parse(["--coordinator", "127.0.0.1:1"] + words, environment: environment)
    guard case .run(let values) = outcome else {
      Issue.record("not understood: \(outcome)")
      return nil
    }
    let session = Session(values)
    do throws(Failure) {
      _ = try await Program.verb(session).run(session)
      return nil
    } catch { return error }
  }

  @Test(arguments: [
    ("validate DIR --columns user,item", "columns"), ("validate --min-user-events 2 DIR", "min-user-events"),
    ("validate --items a.tsv DIR", "items"), ("evaluate DIR DIR --collection shop", "collection"),
    ("evaluate DIR DIR --concurrency 2", "concurrency"), ("evaluate DIR DIR --negatives 9", "negatives"),
    ("evaluate DIR DIR --seed 9", "seed"), ("cluster status --interval 1s", "interval"),
    ("bench --merge a.json --rate 5", "rate"), ("bench --concurrency 2 --rate 5", "rate"),
    ("bench --queries q --replay --arrivals poisson", "arrivals"), ("bench --max-rate 5", "max-rate"),
    ("bench --selectivity-by price", "selectivity-by"), ("bench --quality-depth 5", "quality-depth"),
    ("bench --keep", "keep"), ("bench --write-ids 1-2", "write-ids"),
    ("train DIR --out out --tower-rate 0.1", "tower-rate"), ("train DIR --out out --decay 0.5", "decay"),
    ("train DIR --out out --tower bpr --unobserved-weight 1", "unobserved-weight"),
    ("train DIR --out out --from DIR --dimension 9", "dimension"),
    ("train DIR --out out --from DIR --segment age", "segment"),
  ]) func aFlagWithoutEffectIsRefused(line: String, flag: String) async throws {
    let failure = try #require(try await refusal(line))
    #expect(failure.code == .usage)
    #expect(
      failure.message.contains(": --\(flag) has no effect w")
        || failure.message.contains(": --\(flag) has no effect on"))
  }

  @Test(arguments: [("--item-id sku", "item-id"), ("--user-id who", "user-id"), ("--set-divider ;", "set-divider")])
  func flagsOfATableNeedTheTable(flags: String, flag: String) async throws {
    let outcome = Program.command.parse("import tsv log --out out \(flags)".split(separator: " ").map(String.init))
    guard case .run(let values) = outcome else {
      Issue.record("not understood")
      return
    }
    let error = #expect(throws: Failure.self) { _ = try EntityFlags.tables(Session(values)) }
    #expect(error?.message.contains(": --\(flag) has no effect without") == true)
  }

  /// A config file or the environment may serve several commands.
  @Test func theEnvironmentMaySayMore() async throws {
    let failure = try await refusal("cluster status", ["WINNOW_INTERVAL": "1s"])
    #expect(failure?.code == .unreachable)
  }
}
