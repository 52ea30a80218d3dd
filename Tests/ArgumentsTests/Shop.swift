import Arguments

/// A program of the tests, with every kind of flag, and what it made of a command line.
enum Shop {
  static let format = Flag("format", .choice(["human", "json"]), "How to print.", group: "General", default: "human")
  static let dimension = Flag.required("dimension", .int(1...4096), "Dimension of the embeddings.")
  static let attribute = Flag.repeated("attribute", .string, "A typed attribute.", placeholder: "NAME:TYPE")
  static let dryRun = Flag.switch("dry-run", "Only say what would happen.")
  static let name = Positional("NAME", .string, "The collection.")
  static let rate = Flag("rate", .double(0.1...1e6), "Queries per second.", group: "Load", default: "100")
  static let duration = Flag(
    "duration", .duration(.milliseconds(1) ... .seconds(3600)),
    "How long to measure, without the warm-up that comes before and is not counted in any figure of the report.",
    group: "Load", default: "10s")
  static let coordinator = Flag(
    "coordinator", .address, "Whom to ask.", group: "Connection", default: "localhost:7700")
  static let shards = Flag.list("shard", .address, "Whom to ask as well.", group: "Connection")
  static let budget = Flag("memory-budget-of-the-process", .byteSize(1...(1 << 40)), "Buffers.", default: "64MiB")
  static let warm = Flag.switch("warm", "Warm up first.", default: true)
  static let limit = Flag("limit", .int, "How many.", default: "-5")
  static let seed = Flag("seed", .int(0...Int.max), "For the generator.")
  static let target = Positional("TARGET", .string, "What to measure.")
  static let queries = Positional.repeated("QUERY", .file, "Files of queries.", isRequired: false)

  static let program = Command(
    name: "shop", summary: "Sells things to those who want them",
    details: """
      The first paragraph says more about the program than its summary can, and it is long enough to be wrapped at one \
      hundred columns.
      The second paragraph is short.
      """,
    flags: [format],
    subcommands: [
      Command(
        name: "collection", summary: "Make, describe and drop collections",
        subcommands: [
          Command(
            name: "create", summary: "Make a collection", flags: [dimension, attribute], positionals: [name]),
          Command(name: "drop", summary: "Drop a collection", flags: [dryRun], positionals: [name]),
        ]),
      Command(
        name: "bench", summary: "Measure latency under load",
        flags: [rate, duration, coordinator, shards, budget, warm, limit, seed], positionals: [target, queries]),
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
