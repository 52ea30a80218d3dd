import Arguments
import Testing

@Suite struct PrecedenceTests {
  /// Every subset of the sources: the highest gives the value and says so.
  @Test(arguments: 0..<8) func theHighestSourceWins(subset: Int) throws {
    let (hasFlag, hasEnvironment, hasConfig) = (subset & 4 != 0, subset & 2 != 0, subset & 1 != 0)
    let outcome = Shop.parse(
      "bench t --config shop.json" + (hasFlag ? " --rate 1" : ""), hasEnvironment ? ["WINNOW_RATE": "2"] : [:],
      config: hasConfig ? #"{"rate": 3}"# : "{}")
    let values = try #require(outcome.values, "\(outcome)")
    let expected: (Double, Values.Source) =
      hasFlag
      ? (1, .commandLine)
      : hasEnvironment
        ? (2, .environment("WINNOW_RATE")) : hasConfig ? (3, .config("shop.json")) : (100, .defaultValue)
    #expect(values[Shop.rate] == expected.0)
    #expect(values.source(Shop.rate) == expected.1)
    #expect(values.isGiven(Shop.rate) == (subset != 0))
  }

  @Test func theConfigFileMayBeNamedByTheEnvironment() throws {
    let outcome = Shop.parse("bench t", ["WINNOW_CONFIG": "shop.json"], config: #"{"rate": 3}"#)
    #expect(try #require(outcome.values)[Shop.rate] == 3.0)
    let unread = Shop.parse("bench t", ["WINNOW_CONFIG": "none.json"])
    #expect(unread.complaint == "shop bench: cannot read none.json (from environment WINNOW_CONFIG)")
  }

  @Test func oneConfigFileServesSeveralCommands() throws {
    let config = #"{"rate": 3, "dimension": 64, "attribute": ["a:int", "b:bool"], "dry-run": true}"#
    let create = try #require(Shop.parse("--config shop.json collection create books", config: config).values)
    #expect(create[Shop.dimension] == 64)
    #expect(create[Shop.attribute] == ["a:int", "b:bool"])
    #expect(create.command == "collection create")
    let drop = try #require(Shop.parse("collection drop books --config=shop.json", config: config).values)
    #expect(drop[Shop.dryRun] == true)
  }

  @Test func unknownAndEmptyVariablesAreIgnored() throws {
    let values = try #require(Shop.parse("bench t", ["WINNOW_RAT": "2", "WINNOW_RATE": "", "RATE": "9"]).values)
    #expect(values.source(Shop.rate) == .defaultValue)
  }

  @Test func aMistakeInALowerSourceThatIsNotUsedIsNotSeen() throws {
    let values = try #require(Shop.parse("bench t --rate 7", ["WINNOW_RATE": "much"]).values)
    #expect(values[Shop.rate] == 7.0)
  }

  @Test func complaintsNameTheSource() throws {
    let values = try #require(Shop.parse("bench t", ["WINNOW_RATE": "2"]).values)
    let complaint = values.complaint(about: Shop.rate, "is below what --limit needs")
    #expect(complaint == "shop bench: --rate is below what --limit needs (from environment WINNOW_RATE)")
    #expect(values.complaint(about: Shop.target, "is gone") == "shop bench: TARGET is gone (from the command line)")
  }
}
