import Foundation
import Testing

/// A function that is itself the value of a generic container is wrapped once more by every access in place: after
/// 20,000 times `lock.withLock { $0 }` a call of it runs through 20,000 wrappers. So it stands in a struct there.
@Suite struct HouseClosureTests {
  /// What must not be found, as patterns over code without comments and literals.
  private static func patterns(functionTypes: [String]) -> [String] {
    let names = functionTypes.map { NSRegularExpression.escapedPattern(for: $0) }.joined(separator: "|")
    let function = names.isEmpty ? "->" : #"(?:->|(?<![\w.])(?:\#(names))\b(?!\s*[.(<]))"#
    // Of angle brackets, with one pair more in them.
    let inside = #"(?:[^<>={}\n]|<[^<>\n]*>)*?"#
    return [
      // The value of a lock, in whatever else it is wrapped: an optional, an array, a tuple.
      #"\b(?:Lock|Mutex|ManagedBuffer)<\#(inside)\#(function)"#,
      #"\b(?:Lock|Mutex)\(\s*\{.*"#,
      // The elements of an array or the values of a dictionary that is changed.
      #"\bvar \w+\s*:\s*\[[^\]={}\n]*?\#(function)"#,
      #"\bvar \w+\s*(?::[^={}\n]*)?=\s*\[[^\]={}\n]*?->[^\]\n]*\]\("#,
      #"\bvar \w+\s*:\s*(?:Array|Dictionary)<\#(inside)\#(function)"#,
    ]
  }

  private func functionTypes(_ sources: [HouseSource]) throws -> [String] {
    // A name that means something else elsewhere is left out: which one is meant cannot be seen here.
    let types = Set(try sources.flatMap { try $0.captures(#"\b(?:struct|class|enum|actor|protocol) (\w+)"#) })
    let aliases = try sources.flatMap { try $0.captures(#"\btypealias (\w+)(?:<[^>]*>)?\s*=[^{}]*?->"#) }
    return Set(aliases).subtracting(types).sorted()
  }

  @Test(arguments: ["Sources", "Tests"])
  func noFunctionStandsBareInAContainer(folder: String) throws {
    let sources = try House.sources(folder)
    let patterns = Self.patterns(functionTypes: try functionTypes(sources))
    for source in sources {
      for pattern in patterns {
        let found = try source.matches(pattern)
        #expect(found.isEmpty, "\(found): put the function into a struct")
      }
    }
  }

  @Test(arguments: [
    "let a = Lock<@Sendable () async -> Traffic>({ Traffic() })", "let a: Lock<(@Sendable () -> Void)?>",
    "let a = Lock<[String: () -> Int]>([:])", "let a = Lock({ 1 })", "private var hooks: [@Sendable () -> Void] = []",
    "var bodies: [UInt64: @Sendable () -> Void] = [:]", "var hooks = [() -> Void]()",
    "let a: Lock<(isUp: Bool, hook: () -> Void)>", "typealias Hook = () -> Void\nlet a = Lock<Hook?>(nil)",
    "typealias Hook = () -> Void\nvar a: [Hook] = []", "var hooks: Array<() -> Void> = []",
  ])
  func whatIsMeantIsFound(code: String) throws {
    let source = HouseSource(path: "Sources/Room/File.swift", text: code)
    let found = try Self.patterns(functionTypes: try functionTypes([source])).flatMap { try source.matches($0) }
    #expect(!found.isEmpty)
  }

  @Test(arguments: [
    "let a = Lock<[String: Int]>([:])", "let a = Lock(State())", "var next: (() -> Void)?",
    "let routes: [String: (Int) -> Int] = [:]", "func f(_ a: Lock<Int>) -> Int { 1 }",
    "var a: [Int] { f { x -> Int in x } }",
    "func f(_ lock: Lock<State>, _ b: () -> Void) {}",
  ])
  func whatIsHarmlessIsNot(code: String) throws {
    let source = HouseSource(path: "Sources/Room/File.swift", text: code)
    let found = try Self.patterns(functionTypes: try functionTypes([source])).flatMap { try source.matches($0) }
    #expect(found.isEmpty, "\(found)")
  }
}
