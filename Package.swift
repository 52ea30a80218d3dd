// swift-tools-version: 6.2

import PackageDescription

/// Every Swift target of the package: Swift 6, strict memory safety, warnings are errors.
let house: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

/// Tests follow the same rules, without the marking of unsafe code.
let testHouse: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

func room(_ name: String, _ rooms: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: rooms, swiftSettings: house)
}

func tests(
  _ name: String, _ rooms: [Target.Dependency], exclude: [String] = [], settings: [SwiftSetting] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: rooms + ["Support"], exclude: exclude, swiftSettings: testHouse + settings)
}

/// For tests that Swift 6.3 crashes over when it optimises them; what they test is optimised all the same.
let neverOptimised: [SwiftSetting] = [.unsafeFlags(["-Onone"], .when(configuration: .release))]

/// The benchmarks are there for `cluster/bench`, which sets the variable, so that a build of the tests is without them.
/// A package of their own could not see what rooms declare as `package`, and would build every room a second time.
let benchmarks: [Target] =
  Context.environment["WINNOW_BENCHMARKS"] == nil
  ? []
  : [
    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        "Vocabulary", "Bytes", "Kernels", "Placement", "Filters", "Wire", "Retrieval", "Towers", "Ranking",
        "Arrangement", "Transport", "Telemetry", "Storage", "DataSets", "Privacy", "Evaluation", "Learning",
        "Security", "SocketTransport", "ShardNode", "CoordinatorNode", "WinnowClient", "LoadClient", "CLinux",
        "CEchoPeer", "Support", "Text",
      ], path: "Tests/Benchmarks", exclude: ["CEchoPeer", "peers"], swiftSettings: testHouse),
    .target(name: "CEchoPeer", path: "Tests/Benchmarks/CEchoPeer", cSettings: [.treatAllWarnings(as: .error)]),
  ]

let package = Package(
  name: "winnow",
  products: [
    .library(name: "WinnowClient", targets: ["WinnowClient"]),
    .library(name: "FuzzTargets", targets: ["Support"]),
    .executable(name: "winnowd", targets: ["winnowd"]),
    .executable(name: "winnow", targets: ["winnow"]),
  ],
  targets: [
    // Floor 0: nouns and C.
    room("Vocabulary"),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CStemmer", providers: [.apt(["libstemmer-dev"])]),
    .systemLibrary(name: "CUTF8Proc", providers: [.apt(["libutf8proc-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CConsole", exclude: ["files"], cSettings: [.treatAllWarnings(as: .error)]),
    .target(name: "CKernels", cSettings: [.treatAllWarnings(as: .error)], linkerSettings: [.linkedLibrary("m")]),
    .target(name: "CLinux", cSettings: [.treatAllWarnings(as: .error)]),

    // Floor 1: means.
    room("Bytes", ["CLZ4", "COpenSSL", "CKernels", "CZlib"]),
    room("Kernels", ["Vocabulary", "CKernels"]),
    room("Placement", ["Vocabulary", "Bytes"]),
    room("Filters", ["Vocabulary"]),
    room("JSON", ["Vocabulary", "Bytes"]),
    room("Text", ["Vocabulary", "Bytes", "CUTF8Proc", "CStemmer"]),

    // Floor 2: meaning.
    room("Arguments", ["JSON"]),
    room("Security", ["Vocabulary", "Bytes", "JSON", "COpenSSL"]),
    room("Wire", ["Vocabulary", "Bytes", "Placement", "Filters"]),
    room("Retrieval", ["Vocabulary", "Bytes", "Kernels", "Filters"]),
    room("Towers", ["Vocabulary", "Kernels", "Text"]),
    room("Ranking", ["Vocabulary", "Bytes", "Kernels", "JSON", "Text", "Towers"]),
    room("Arrangement", ["Vocabulary", "Kernels"]),

    // Floor 3: motion.
    room("Transport", ["Vocabulary", "Bytes", "Security", "Wire"]),
    room("Storage", ["Vocabulary", "Bytes"]),
    room("Telemetry", ["Vocabulary"]),
    room("Names", ["Vocabulary", "Bytes", "Storage"]),
    room("Answers", ["Vocabulary", "Bytes", "Kernels", "Towers", "Ranking", "Storage"]),
    room("DataSets", ["Vocabulary", "Bytes", "JSON", "Names", "Ranking", "Storage"]),
    room("Privacy", ["Vocabulary", "Bytes", "JSON", "Towers", "Names", "Ranking", "Storage", "DataSets"]),
    room(
      "Evaluation",
      ["Vocabulary", "Kernels", "Text", "Towers", "Names", "Ranking", "Arrangement", "Storage", "DataSets"]),
    room(
      "Learning",
      [
        "Vocabulary", "Bytes", "Kernels", "Text", "Towers", "Names", "Ranking", "Storage", "DataSets", "Privacy",
        "Evaluation",
      ]),

    // Floor 4: the world outside.
    room(
      "SocketTransport", ["Vocabulary", "Bytes", "Security", "Wire", "Transport", "Storage", "Telemetry", "CLinux"]),
    room("Metadata", ["Vocabulary", "Bytes", "JSON", "Transport", "Storage"]),

    // Floor 5: roles.
    room(
      "ShardNode",
      [
        "Vocabulary", "Bytes", "Kernels", "Placement", "Filters", "Text", "Wire", "Retrieval", "Transport", "Storage",
        "Telemetry",
      ]),
    room(
      "CoordinatorNode",
      [
        "Vocabulary", "Bytes", "Kernels", "Placement", "Filters", "JSON", "Text", "Wire", "Towers", "Ranking",
        "Arrangement", "Transport", "Storage", "Telemetry", "Answers", "Metadata",
      ]),
    room(
      "WinnowClient",
      [
        "Vocabulary", "Bytes", "Security", "Placement", "Filters", "Names", "Wire", "Transport", "Storage",
        "SocketTransport",
      ]),
    room("LoadClient", ["Vocabulary", "Transport", "WinnowClient", "Telemetry"]),
    room("AdminHTTP", ["Vocabulary", "Transport", "SocketTransport", "CConsole", "CMicroHTTPD"]),

    // Floor 6: processes.
    .executableTarget(
      name: "winnowd",
      dependencies: [
        "Vocabulary", "Arguments", "Kernels", "Placement", "Security", "Wire", "Transport", "Storage", "Telemetry",
        "SocketTransport", "Metadata", "ShardNode", "CoordinatorNode", "AdminHTTP",
      ], swiftSettings: house),
    .executableTarget(
      name: "winnow",
      dependencies: [
        "Vocabulary", "Arguments", "Bytes", "Kernels", "Placement", "Filters", "JSON", "Text", "Names",
        "Security", "Wire", "Towers", "Ranking", "Transport", "Storage", "Telemetry", "Answers", "DataSets",
        "Privacy", "Evaluation", "Learning", "SocketTransport", "WinnowClient", "LoadClient",
      ], swiftSettings: house),

    // Tests: one folder a room, then the whole.
    .target(
      name: "Support",
      dependencies: [
        "Vocabulary", "Bytes", "Kernels", "Filters", "Text", "Wire", "Retrieval", "Towers", "Ranking", "Transport",
        "Storage", "Metadata", "DataSets", "Evaluation", "Learning", "CLinux", "CZlib",
      ],
      path: "Tests/Support", swiftSettings: testHouse),
    tests("Arguments", ["Arguments"]),
    tests("Bytes", ["Bytes", "CKernels"]),
    tests("Kernels", ["Kernels"]),
    tests("Placement", ["Vocabulary", "Bytes", "Placement"]),
    tests("Filters", ["Vocabulary", "Filters"]),
    tests("JSON", ["Vocabulary", "JSON"]),
    tests("Text", ["Vocabulary", "Bytes", "Text"]),
    tests("Wire", ["Vocabulary", "Bytes", "Placement", "Filters", "Wire"]),
    tests("Security", ["Vocabulary", "Bytes", "Security"]),
    tests("Retrieval", ["Vocabulary", "Bytes", "Kernels", "Filters", "Retrieval"]),
    tests("Towers", ["Vocabulary", "Kernels", "Text", "Towers"]),
    tests("Ranking", ["Vocabulary", "Bytes", "Kernels", "Towers", "Ranking"]),
    tests("Arrangement", ["Vocabulary", "Kernels", "Arrangement"]),
    tests("Transport", ["Vocabulary", "Bytes", "Security", "Wire", "Transport"]),
    tests("Storage", ["Vocabulary", "Bytes", "Storage"]),
    tests("Telemetry", ["Vocabulary", "Telemetry"]),
    tests("Names", ["Vocabulary", "Bytes", "Storage", "Names"]),
    tests("Answers", ["Vocabulary", "Bytes", "Kernels", "Ranking", "Storage", "Answers"]),
    tests("DataSets", ["Vocabulary", "Bytes", "Kernels", "Names", "Ranking", "Storage", "DataSets"]),
    tests("Privacy", ["Vocabulary", "Bytes", "Towers", "Names", "Storage", "DataSets", "Privacy"]),
    tests(
      "Evaluation",
      [
        "Vocabulary", "Bytes", "Kernels", "Text", "Names", "Retrieval", "Towers", "Ranking", "Storage", "DataSets",
        "Evaluation",
      ]),
    tests(
      "Learning",
      ["Vocabulary", "Bytes", "Kernels", "Names", "Towers", "Ranking", "Storage", "DataSets", "Evaluation", "Learning"]),
    tests("SocketTransport", ["Vocabulary", "Bytes", "Security", "Wire", "Transport", "Telemetry", "SocketTransport"]),
    tests("Metadata", ["Storage", "Metadata"]),
    tests(
      "ShardNode",
      [
        "Vocabulary", "Bytes", "Kernels", "Placement", "Filters", "Text", "Wire", "Retrieval", "Transport", "Storage",
        "ShardNode",
      ], settings: neverOptimised),
    tests(
      "CoordinatorNode",
      [
        "Vocabulary", "Bytes", "Kernels", "Placement", "Filters", "Wire", "Towers", "Ranking", "Retrieval", "Transport",
        "Storage", "Answers", "Metadata", "ShardNode", "CoordinatorNode",
      ]),
    tests("WinnowClient", ["Vocabulary", "Bytes", "Names", "Wire", "Transport", "Storage", "WinnowClient"]),
    tests(
      "winnow",
      [
        "Vocabulary", "Arguments", "Bytes", "JSON", "Names", "Ranking", "Wire", "Telemetry", "DataSets", "Evaluation",
        "Learning", "Answers", "WinnowClient", "LoadClient", "winnow",
      ]),
    tests(
      "LoadClient", ["Vocabulary", "Wire", "Telemetry", "Transport", "SocketTransport", "WinnowClient", "LoadClient"]),
    tests("AdminHTTP", ["Vocabulary", "Transport", "SocketTransport", "AdminHTTP"]),
    tests("Spec", ["Vocabulary", "Bytes", "Placement", "Filters", "Security", "Wire", "Transport"]),
    tests(
      "Cluster",
      [
        "Vocabulary", "Bytes", "Kernels", "Placement", "Filters", "Wire", "Retrieval", "Towers", "Ranking", "Transport",
        "Storage", "Metadata", "Names", "DataSets", "Privacy", "Evaluation", "Learning", "SocketTransport", "ShardNode",
        "CoordinatorNode", "WinnowClient",
      ], exclude: ["console.py", "earlier.sh"], settings: neverOptimised),
    tests(
      "Simulation",
      [
        "Vocabulary", "Placement", "Wire", "Transport", "Storage", "Metadata", "ShardNode", "CoordinatorNode",
        "WinnowClient",
      ]),
  ] + benchmarks
)
