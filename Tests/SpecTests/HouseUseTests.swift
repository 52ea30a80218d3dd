import Foundation
import Testing

/// What only tests reach is no part of the product: it stands in `Tests/Support`, or it goes.
@Suite struct HouseUseTests {
  /// Twins of the world outside, which tests own and break.
  private static let twins = [
    "Sources/Storage/Memory", "Sources/Transport/Memory", "Sources/Transport/ManualExecutor",
  ]

  /// Declarations that only tests name, and why they stay. This list shrinks.
  private static let allowed: [String: String] = [
    "bfloat16Affine": "the scalar twin of a kernel, by 09-arithmetic.md",
    "int8Affine": "the scalar twin of a kernel, by 09-arithmetic.md",
    "approximation": "what the bound of the codes is proved about", "isValidVector": "the twin of a check in C",
    "readDouble": "the reader has what the writer has",
    "greetAll": "a step of the watch, without its clock",
    "bytesBounds": "stands beside the bounds of time", "microsecondsMean": "stands beside the percentiles",
    "callAsFunction": "called without its name",
    "leavingLastOut": "the NCF paper's protocol, by which benchmarks divide",
    "keepsOutput": "keeps gradients for the test of the pass",
    "budgetMicrosecondsDefault": "public: for those who call the client library",
  ]

  /// Names that are declared for other rooms and occur in the code once: in the declaration.
  private static func unused(_ sources: [HouseSource]) -> [String: String] {
    let declaration =
      #/(?m)^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:package|public)\s+(?:[a-z]+(?:\(\w+\))?\s+)*?(?:struct|enum|class|actor|protocol|typealias|func|var|let)\s+`?(?<name>\w+)/#
    var counts: [Substring: Int] = [:]
    for source in sources { for match in source.code.matches(of: #/\w+/#) { counts[match.0, default: 0] += 1 } }
    var found: [String: String] = [:]
    for source in sources where !twins.contains(where: { source.path.hasPrefix($0) }) {
      // What the client exposes is used by others.
      guard source.room != "WinnowClient" else { continue }
      for match in source.code.matches(of: declaration) where counts[match.name] == 1 {
        found[String(match.name)] = source.path
      }
    }
    return found
  }

  @Test func whatRoomsOfferIsUsedInSources() throws {
    let found = Self.unused(try House.sources("Sources"))
    for (name, path) in found.sorted(by: { $0.key < $1.key }) {
      let isAllowed = Self.allowed[name] != nil
      #expect(isAllowed, "\(path): only tests name \(name): use it, move it to Tests/Support, or remove it")
    }
    let stale = Set(Self.allowed.keys).subtracting(found.keys).sorted()
    #expect(stale.isEmpty, "no longer needed: \(stale)")
  }

  @Test func whatIsMeantIsFound() {
    let room = HouseSource(
      path: "Sources/Room/A.swift",
      text: "/// lonely\npackage struct Lonely {\n  package func used() { \"Lonely\" }\n}\n")
    let user = HouseSource(path: "Sources/Other/B.swift", text: "let a = b.used()\n")
    #expect(Self.unused([room, user]) == ["Lonely": "Sources/Room/A.swift"])
  }
}
