// swift-tools-version: 6.2

import PackageDescription

// Kept apart from the package: a program without a main of its own would break its build. So built, only the C rooms
// report their coverage to libFuzzer; the Swift ones run under AddressSanitizer with inputs that nothing guides.
//
//   swift build --package-path Tests/Fuzz -c release --sanitize fuzzer --sanitize address
//   SWIFT_BACKTRACE=enable=no FUZZ_TARGET=filter Tests/Fuzz/.build/release/fuzz -max_len=65536 -rss_limit_mb=2048 CORPUS
let package = Package(
  name: "fuzz",
  dependencies: [.package(name: "winnow", path: "../..")],
  targets: [
    .executableTarget(
      name: "fuzz", dependencies: [.product(name: "FuzzTargets", package: "winnow")],
      swiftSettings: [.swiftLanguageMode(.v6), .unsafeFlags(["-parse-as-library"])])
  ]
)
