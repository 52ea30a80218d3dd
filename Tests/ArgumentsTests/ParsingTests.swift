import Arguments
import Testing

@Suite struct ParsingTests {
  @Test func everyKindOfValueIsRead() throws {
    let values = try #require(
      Shop.parse(
        "bench t --rate=2.5 --duration 250ms --coordinator [::1]:7700 --shard a:1,b:2 --shard=10.0.0.1:3 --no-warm "
          + "--memory-budget-of-the-process 2GiB --limit -7 --format=json q1 q2"
      ).values)
    #expect(values.path == ["shop", "bench"])
    #expect(values[Shop.rate] == 2.5)
    #expect(values[Shop.duration] == Duration.milliseconds(250))
    #expect(values[Shop.duration].wholeMicroseconds == 250_000)
    #expect(values[Shop.coordinator].description == "[::1]:7700")
    #expect(values[Shop.shards].map(\.description) == ["a:1", "b:2", "10.0.0.1:3"])
    #expect(values[Shop.warm] == false)
    #expect(values[Shop.budget] == UInt64(2 << 30))
    #expect(values[Shop.limit] == -7)
    #expect(values[Shop.format] == "json")
    #expect(values[Shop.seed] == nil)
    #expect(values[Shop.target] == "t")
    #expect(values[Shop.queries] == ["q1", "q2"])
  }

  @Test func defaultsHoldWithoutAnySource() throws {
    let values = try #require(Shop.parse("bench t").values)
    #expect(values[Shop.duration] == Duration.seconds(10))
    #expect(values[Shop.warm] == true)
    #expect(values[Shop.limit] == -5)
    #expect(values[Shop.shards].isEmpty)
    #expect(values[Shop.queries].isEmpty)
    #expect(!values.isGiven(Shop.queries))
  }

  @Test func twoHyphensEndTheFlags() throws {
    let values = try #require(Shop.parse("bench -- --rate -h - -3").values)
    #expect(values[Shop.target] == "--rate")
    #expect(values[Shop.queries] == ["-h", "-", "-3"])
    #expect(Shop.parse("bench - -3").values?[Shop.queries] == ["-3"])
  }

  @Test func flagsOfAParentMayStandBeforeAndAfterTheCommand() {
    for line in ["--format json bench t", "bench --format json t", "bench t --format json"] {
      #expect(Shop.parse(line).values?[Shop.format] == "json")
    }
  }

  @Test func switchesTakeAWordWithAnEqualsSignOnly() {
    #expect(Shop.parse("bench --warm=false t").values?[Shop.warm] == false)
    #expect(Shop.parse("bench --warm t").values?[Shop.warm] == true)
    #expect(Shop.parse("collection drop a").values?[Shop.dryRun] == false)
    #expect(Shop.parse("bench t", ["WINNOW_WARM": "0"]).values?[Shop.warm] == false)
  }

  @Test(arguments: [
    ("benhc t", "shop: unknown command 'benhc'; the nearest is 'bench'"),
    ("collection creat x", "shop collection: unknown command 'creat'; the nearest is 'create'"),
    ("bench t --raet 3", "shop bench: unknown flag '--raet'; the nearest is --rate"),
    ("bench t --cordinator=x", "shop bench: unknown flag '--cordinator'; the nearest is --coordinator"),
    ("bench t --no-wram", "shop bench: unknown flag '--no-wram'; the nearest is --no-warm"),
    ("bench t --hlep", "shop bench: unknown flag '--hlep'; the nearest is --help"),
    ("bench t --no-rate", "shop bench: unknown flag '--no-rate'; the nearest is --rate"),
    ("bench t -r 3", "shop bench: unknown flag '-r'; flags are long: --name"),
    ("--rate 3 bench t", "shop: unknown flag '--rate'; the nearest is --format"),
    ("", "shop: a command is needed: collection, bench"),
    ("collection", "shop collection: a command is needed: create, drop"),
    ("bench", "shop bench: TARGET is missing"),
    ("collection drop a b", "shop collection drop: 'b' is one argument too many"),
    (
      "collection create a",
      "shop collection create: --dimension is missing: give the flag, WINNOW_DIMENSION or 'dimension' in a config file"
    ),
    ("bench t --rate", "shop bench: --rate needs a value: --rate X"),
    ("bench t --rate --warm", "shop bench: --rate needs a value: --rate X"),
    ("bench t --rate 1 --rate 2", "shop bench: --rate stands twice"),
    ("bench t --warm --no-warm", "shop bench: --warm stands twice"),
    ("bench t --no-warm=true", "shop bench: --no-warm takes no value"),
    ("bench t --rate 0", "shop bench: --rate: '0' is not a number from 0.1 to 1000000.0"),
    ("bench t --rate nan", "shop bench: --rate: 'nan' is not a number from 0.1 to 1000000.0"),
    ("bench t --limit 1.5", "shop bench: --limit: '1.5' is not an integer"),
    ("bench t --limit 9223372036854775808", "shop bench: --limit: '9223372036854775808' is not an integer"),
    ("bench t --seed -1", "shop bench: --seed: '-1' is not an integer of at least 0"),
    ("bench t --duration 5", "shop bench: --duration: '5' is not a duration such as 250ms or 2s, from 1ms to 1h"),
    ("bench t --duration 2h", "shop bench: --duration: '2h' is not a duration such as 250ms or 2s, from 1ms to 1h"),
    (
      "bench t --duration 9223372036854775807h",
      "shop bench: --duration: '9223372036854775807h' is not a duration such as 250ms or 2s, from 1ms to 1h"
    ),
    (
      "bench t --memory-budget-of-the-process 99999999TiB",
      "shop bench: --memory-budget-of-the-process: '99999999TiB' is not a size such as 4096 or 64MiB, from 1 to 1TiB"
    ),
    ("bench t --format jsno", "shop bench: --format: 'jsno' is not one of human, json; the nearest is 'json'"),
    ("bench t --coordinator host", "shop bench: --coordinator: 'host' is not an address HOST:PORT"),
    ("bench t --coordinator ::1:7700", "shop bench: --coordinator: '::1:7700' is not an address HOST:PORT"),
    ("bench t --coordinator host:70000", "shop bench: --coordinator: 'host:70000' is not an address HOST:PORT"),
    ("bench t --shard a:1,", "shop bench: --shard: '' is not an address HOST:PORT"),
    ("bench t --warm=maybe", "shop bench: --warm: 'maybe' is not true or false"),
    ("bench t --config none.json", "shop bench: cannot read none.json (from the command line)"),
  ]) func mistakesOnTheCommandLineAreExplained(line: String, complaint: String) {
    #expect(Shop.parse(line).complaint == complaint)
  }

  @Test(arguments: [
    (#"{"raet": 3}"#, "unknown key 'raet' in shop.json; the nearest is 'rate'"),
    (#"{"rate": "fast"}"#, "--rate: 'fast' is not a number from 0.1 to 1000000.0 (from config file shop.json)"),
    (#"{"rate": [1, 2]}"#, "--rate takes one value (from config file shop.json)"),
    (#"{"limit": 1.5}"#, "--limit: '1.5' is not an integer (from config file shop.json)"),
    (#"{"warm": 7}"#, "--warm: '7' is not true or false (from config file shop.json)"),
    (#"{"config": "other.json"}"#, "unknown key 'config' in shop.json; the nearest is 'format'"),
    (#"{"rate": {}}"#, "shop.json: rate is no text, number, true, false or list of them"),
    (#"{"rate": null}"#, "shop.json: rate is no text, number, true, false or list of them"),
    ("[1]", "shop.json is no JSON object of flags"),
    ("", "shop.json is not JSON: line 1, column 1: a value is expected, and the text ends"),
    (
      #"{"rate": 1, "rate": 2}"#, "shop.json is not JSON: line 1, column 13, rate: a key stands twice"
    ),
    (
      "{\"rate\": 1,\n \"k\": 2,}", "shop.json is not JSON: line 2, column 8: a comma behind the last value"
    ),
  ]) func mistakesInTheConfigFileAreExplained(config: String, complaint: String) {
    let outcome = Shop.parse("bench t --config shop.json", config: config)
    #expect(outcome.complaint == "shop bench: " + complaint)
  }

  @Test func mistakesInTheEnvironmentNameTheVariable() {
    let outcome = Shop.parse("bench t", ["WINNOW_RATE": "fast"])
    #expect(
      outcome.complaint
        == "shop bench: --rate: 'fast' is not a number from 0.1 to 1000000.0 (from environment WINNOW_RATE)")
  }

  @Test func textOfTheAuthorIsClippedAndCleaned() {
    let complaint = Shop.parse("bench t --\u{1b}[31m" + String(repeating: "x", count: 5000)).complaint
    #expect(complaint.hasPrefix("shop bench: unknown flag '--?[31mxxx"))
    #expect(complaint.utf8.count < 150)
  }

  @Test func theVersionIsAskedForAtAnyLevel() {
    for line in ["--version", "bench --version", "collection create --version"] {
      guard case .version = Shop.parse(line) else {
        Issue.record("no version: \(line)")
        continue
      }
    }
  }

  @Test func exitCodesAreThoseOfTheProduct() {
    #expect(ExitCode.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6, 7, 74, 130])
  }
}
