import Foundation
import Testing

/// Comments, messages, help texts and pages name the actor: a shard, a coordinator, a caller, a reader, a thread.
@Suite struct HouseLanguageTests {
  /// Words that hide the actor or the measure, or that a second-language reader has to look up.
  private static let banned =
    #"\b(?:nobody|somebody|someone|no-one|whoever|whomever|whatever|whom|anew|shall|so[\s/*#]+(?:many|much))\b"#

  /// Files that still have some, with how many. The list may only shrink.
  private static let allowed: [String: Int] = [:]

  /// The vectors and their list are left out: released vectors are never edited.
  private static func paths() throws -> [String] {
    let isText = #/\.(swift|c|h|md|js|css|html|py)$/#
    let paths = try House.files("Sources", suffix: "") + House.files("proto-spec", suffix: "")
    return ["README.md"]
      + paths.filter { path in
        path.contains(isText) && !path.hasPrefix("proto-spec/vectors/") && !path.hasSuffix("_vector_list.py")
      }
  }

  @Test func textsNameTheActor() throws {
    let paths = try Self.paths()
    #expect(paths.contains("Sources/Architecture.md") && paths.contains("proto-spec/04-flow.md"))
    for path in paths {
      let found = try HouseSource(path: path, text: House.text(path)).textMatches("(?i)" + Self.banned)
      #expect(found.count == Self.allowed[path] ?? 0, "name the actor, or the value's own name: \(found)")
    }
    #expect(Set(Self.allowed.keys).isSubset(of: paths), "no longer there")
  }

  @Test(arguments: [
    "/// Nobody waits.", "/// At most so many.", "/// so\n  /// many rows", "\"a node shall answer\"", "begin anew.",
    "those whom it knows", "whatever fails,", "so much\nas that",
  ])
  func whatIsMeantIsFound(text: String) throws {
    #expect(try HouseSource(path: "x", text: text).textMatches("(?i)" + Self.banned).count == 1)
  }

  @Test(arguments: ["/// The caller waits.", "shallow", "a new one", "also many", "how many", "renewed"])
  func whatIsHarmlessIsNot(text: String) throws {
    #expect(try HouseSource(path: "x", text: text).textMatches("(?i)" + Self.banned).isEmpty)
  }
}
