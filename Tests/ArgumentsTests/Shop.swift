import Arguments

/// A program of the tests, with every kind of flag, and what it made of a command line.
enum Shop {
  static let program = Command(
    name: "shop", summary: "Sells things to those who want them",
    details: """
      The first paragraph says more about the program than its summary can, and it is long enough to be wrapped at one \
      hundred columns.
      The second paragraph is short.
      """,
    flags: [
      Flag("format", .choice(["human", "json"]), "How to print.", group: "General", default: "human")
    ],
    subcommands: [
      Command(
        name: "collection", summary: "Make, describe and drop collections",
        subcommands: [
          Command(
            name: "create", summary: "Make a collection",
            flags: [
              Flag("dimension", .int(1...4096), "Dimension of the embeddings.", isRequired: true),
              Flag("attribute", .string, "A typed attribute.", occurrence: .repeated, placeholder: "NAME:TYPE"),
            ], positionals: [Positional("NAME", .string, "The collection.")]),
          Command(
            name: "drop", summary: "Drop a collection", flags: [Flag("dry-run", .bool, "Only say what would happen.")],
            positionals: [Positional("NAME", .string, "The collection.")]),
        ]),
      Command(
        name: "bench", summary: "Measure latency under load",
        flags: [
          Flag("rate", .double(0.1...1e6), "Queries per second.", group: "Load", default: "100"),
          Flag(
            "duration", .duration(.milliseconds(1) ... .seconds(3600)),
            "How long to measure, without the warm-up that comes before and is not counted in any figure of the report.",
            group: "Load", default: "10s"),
          Flag("coordinator", .address, "Whom to ask.", group: "Connection", default: "localhost:7700"),
          Flag("shard", .address, "Whom to ask as well.", group: "Connection", occurrence: .list),
          Flag("memory-budget-of-the-process", .byteSize(1...(1 << 40)), "Buffers.", default: "64MiB"),
          Flag("warm", .bool, "Warm up first.", default: "true"),
          Flag("limit", .int, "How many.", default: "-5"),
          Flag("seed", .int(0...Int.max), "For the generator."),
        ],
        positionals: [
          Positional("TARGET", .string, "What to measure."),
          Positional("QUERY", .file, "Files of queries.", isRequired: false, isRepeated: true),
        ]),
    ])

  static func parse(
    _ line: String, _ environment: [String: String] = [:], config: String? = nil
  ) -> Outcome {
    program.parse(
      line.split(separator: " ").map(String.init), environment: environment,
      readConfig: { $0 == "shop.json" ? config.map { Array($0.utf8) } : nil })
  }
}

extension Outcome {
  /// The values to run with, or what happened instead.
  var values: Values? { if case .run(let values) = self { values } else { nil } }

  /// The first line of a usage error; empty for any other outcome.
  var complaint: String {
    if case .usageError(let text) = self { String(text.split(separator: "\n")[0]) } else { "" }
  }
}
