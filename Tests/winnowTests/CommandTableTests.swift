import Arguments
import Testing

@testable import winnow

struct CommandTableTests {
  @Test func tableHasNoMistakes() { #expect(Program.command.problems == []) }

  @Test(arguments: CommandTableTests.paths) func everyVerbHasHelp(path: [String]) {
    guard case .help(let text) = Program.command.parse(path + ["--help"]) else {
      Issue.record("no help")
      return
    }
    #expect(text.hasPrefix((["winnow"] + path).joined(separator: " ") + ": "))
    #expect(text.contains("--coordinator HOST:PORT"))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test(arguments: [
    "query --user 1", "query --vector [1,2] --k 5 --depth 50 --min-coverage 0.9 --most-per brand=2 --exclude 1,2",
    "feed items.jsonl --vectors items.safetensors --reject bad.jsonl --complete", "feed -", "item get 1 2 --vectors",
    "item delete 3 --dry-run", "collection create shop --schema schema.json", "collection list", "collection describe",
    "collection drop shop --dry-run", "collection drop shop --yes", "cluster status --format json", "cluster metrics",
    "shard list",
    "shard add 127.0.0.1:7704 --weight 50 --dry-run", "shard drain 2 --throttle 1MiB --verify --no-wait",
    "shard remove 2 --dry-run", "shard move 100 --from 0 --to 1", "cluster rebalance --dry-run", "cluster pause",
    "cluster resume --throttle 1GiB", "cluster cancel",
    "model push model --collection shop --model-only", "model describe --manifest", "model list", "model rollback",
    "model discard 3",
    "import synthetic --items 10 --users 2 --seed 7 --out shop",
    "import tsv log.csv --items items.csv --columns user=customer,item=sku --weights click=2,rating=value --out data",
    "import movielens ml-1m --min-item-events 5 --pseudonym-key-file key --out data",
    "import sequences beauty.txt --items items.tsv --ignore interactions --set-divider , --out data",
    "validate data --delimiter :: --keep-duplicates", "user delete 5 6 --in data --in model --dry-run",
    "snapshot create a/b", "snapshot list .", "snapshot verify a --format json",
    "snapshot restore a --replace --dry-run", "snapshot restore a --missing", "snapshot restore a --replace --yes",
    "query --user 1 --explain --least-depth 50 --k 10 --depth 100 --json", "log slow --limit 5 --follow",
    "cluster status --watch --interval 500ms --json", "ping --count 3", "echo hello",
    "bench --rate 100,200 --slo p99<50ms --html a.html --hdr a.hdr --json",
    "bench --find-max --slo p99<50ms,recall@10>=0.99 --rate 50 --max-rate 1000 --quality 0.1 --quality-depth 1000",
    "text build --items a.csv --items b.csv --fields title,brand --language english --out lexicon.bin --force",
    "text analyse word --lexicon lexicon.bin --typing --without correct,split --synonyms s --protected p",
    "bench --queries q.jsonl --replay --compare before.json", "bench --merge a.json --merge b.json",
    "bench --mix 90:9:1 --feed 100 --write-ids 5-9 --keep --zipf 1.1 --sessions 0-5 --items 1-9 --k 10:8,100:2",
    "bench --selectivity 0.01,0.5 --selectivity-by price --depth 200:1,1000:1 --in-flight 50 --concurrency 4",
  ]) func lineIsUnderstood(line: String) {
    guard case .run(let values) = Program.command.parse(line.split(separator: " ").map(String.init)) else {
      Issue.record("not understood")
      return
    }
    #expect(line.hasPrefix(values.command))
  }

  @Test(arguments: [
    ("query --usr 1", "winnow query: unknown flag '--usr'; the nearest is --user"),
    ("quary", "winnow: unknown command 'quary'; the nearest is 'query'"),
    ("item remove 1", "winnow item: unknown command 'remove'; the nearest is 'delete'"),
    ("feed", "winnow feed: FILE is missing"),
    (
      "query --min-coverage 2",
      "winnow query: --min-coverage: '2' is not a number from 0.0 to 1.0"
    ),
  ]) func mistakeNamesTheNearest(line: String, expected: String) {
    guard case .usageError(let text) = Program.command.parse(line.split(separator: " ").map(String.init)) else {
      Issue.record("no usage error")
      return
    }
    #expect(text.split(separator: "\n").first.map(String.init) == expected)
  }

  @Test func environmentAndConfigStandBehindFlags() {
    let outcome = Program.command.parse(
      ["cluster", "status", "--timeout", "2s"],
      environment: ["WINNOW_COORDINATOR": "a:1", "WINNOW_TIMEOUT": "3s", "WINNOW_CONFIG": "c.json"],
      readConfig: { _ in Array(#"{"coordinator": "b:2", "format": "json"}"#.utf8) })
    guard case .run(let values) = outcome else {
      Issue.record("not understood")
      return
    }
    let session = Session(values)
    #expect(session.address == "a:1")
    #expect(session.timeout == .seconds(2))
    #expect(session.isJSON)
  }

  static let paths: [[String]] = Program.groups.flatMap { group in
    group.command.subcommands.isEmpty
      ? [[group.command.name]] : [[group.command.name]] + group.verbs.map { [group.command.name, $0.command.name] }
  }
}
