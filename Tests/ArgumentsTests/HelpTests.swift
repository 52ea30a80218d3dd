import Arguments
import Testing

@Suite struct HelpTests {
  private func help(_ line: String) -> String {
    if case .help(let text) = Shop.parse(line) { text } else { "" }
  }

  @Test func helpOfTheProgram() {
    #expect(
      help("--help") == """
        shop: Sells things to those who want them.

        The first paragraph says more about the program than its summary can, and it is long enough to be
        wrapped at one hundred columns.

        The second paragraph is short.

        Usage: shop COMMAND [flags]

        Commands:
          collection                  Make, describe and drop collections
          bench                       Measure latency under load

        General:
          --format human|json         How to print. [default human; WINNOW_FORMAT]
          --config FILE               Read flags from a JSON object whose keys are long names.
                                      [WINNOW_CONFIG]
          --help, -h                  Show this help.
          --version                   Show the version.

        """)
  }

  @Test func helpOfACommand() {
    #expect(
      help("bench t --help") == """
        shop bench: Measure latency under load.

        Usage: shop bench [flags] TARGET [QUERY…]

        Arguments:
          TARGET                      What to measure.
          QUERY                       Files of queries.

        Load:
          --rate X                    Queries per second. [default 100; WINNOW_RATE]
          --duration DURATION         How long to measure, without the warm-up that comes before and is not
                                      counted in any figure of the report. [default 10s; WINNOW_DURATION]

        Connection:
          --coordinator HOST:PORT     Whom to ask. [default localhost:7700; WINNOW_COORDINATOR]
          --shard HOST:PORT,…         Whom to ask as well. [may be repeated; WINNOW_SHARD]

        Flags:
          --memory-budget-of-the-process SIZE
                                      Buffers. [default 64MiB; WINNOW_MEMORY_BUDGET_OF_THE_PROCESS]
          --[no-]warm                 Warm up first. [default true; WINNOW_WARM]
          --limit N                   How many. [default -5; WINNOW_LIMIT]
          --seed N                    For the generator. [WINNOW_SEED]

        General:
          --format human|json         How to print. [default human; WINNOW_FORMAT]
          --config FILE               Read flags from a JSON object whose keys are long names.
                                      [WINNOW_CONFIG]
          --help, -h                  Show this help.
          --version                   Show the version.

        """)
  }

  @Test func helpOfAGroup() {
    #expect(
      help("collection -h") == """
        shop collection: Make, describe and drop collections.

        Usage: shop collection COMMAND [flags]

        Commands:
          create                      Make a collection
          drop                        Drop a collection

        General:
          --format human|json         How to print. [default human; WINNOW_FORMAT]
          --config FILE               Read flags from a JSON object whose keys are long names.
                                      [WINNOW_CONFIG]
          --help, -h                  Show this help.
          --version                   Show the version.

        """)
  }

  @Test func helpShowsWhatIsRequiredOrRepeated() {
    #expect(
      help("collection create x --help") == """
        shop collection create: Make a collection.

        Usage: shop collection create [flags] NAME

        Arguments:
          NAME                        The collection.

        Flags:
          --dimension N               Dimension of the embeddings. [required; WINNOW_DIMENSION]
          --attribute NAME:TYPE       A typed attribute. [may be repeated; WINNOW_ATTRIBUTE]

        General:
          --format human|json         How to print. [default human; WINNOW_FORMAT]
          --config FILE               Read flags from a JSON object whose keys are long names.
                                      [WINNOW_CONFIG]
          --help, -h                  Show this help.
          --version                   Show the version.

        """)
  }

  @Test func noLineIsWiderThanAHundredColumns() {
    for line in ["-h", "bench -h", "collection -h", "collection create -h", "collection drop --help"] {
      #expect(!help(line).isEmpty)
      #expect(help(line).split(separator: "\n").allSatisfy { $0.count <= 100 })
    }
  }

  @Test func mistakesInTheTableAreFound() {
    #expect(Shop.program.problems.isEmpty)
    let bad = Command(
      name: "bad", summary: "",
      flags: [
        Flag("a", .int(1...2), "", default: "3"), Flag("a", .string, ""), Flag("B", .string, ""),
        Flag.switch("help", ""), Positional("Y", .string, ""),
      ],
      positionals: [Positional.optional("X", .string, ""), Positional("X", .string, "")],
      subcommands: [Command(name: "sub", summary: "", flags: [Flag("config", .string, "")])])
    #expect(
      bad.problems == [
        "bad: --a has a default that it does not take", "bad: --a stands twice", "bad: --B is no long name",
        "bad: --help stands twice", "bad: --Y is no long name", "bad: takes both positionals and commands",
        "bad: only the last positional may be repeated or left out", "bad: a positional stands twice",
        "bad sub: --config stands twice",
      ])
  }
}
