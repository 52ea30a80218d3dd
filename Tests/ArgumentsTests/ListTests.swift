import Arguments
import Testing

@Suite struct ListTests {
  @Test(arguments: [
    ("", [""]), ("a", ["a"]), ("a,b,", ["a", "b", ""]), (#"a\,b,c"#, ["a,b", "c"]), (#"a\\,b"#, [#"a\"#, "b"]),
    (#"\\\,"#, [#"\,"#]), (#"a\b\"#, [#"a\b\"#]), ("a,\u{301}b", ["a", "\u{301}b"]), (#"\,"#, [","]),
  ]) func aBackslashKeepsACommaWithinAValue(text: String, values: [String]) { #expect(text.splitList() == values) }

  @Test func listsMayBeRepeatedAndComeFromEverySource() throws {
    let ids = Flag.list("id", .string, "")
    let command = Command(name: "one", summary: "", flags: [ids])
    let outcome = command.parse(["--id", #"a\,b,c"#, "--id", "d,e"])
    #expect(outcome.values?[ids] == ["a,b", "c", "d", "e"])
    #expect(command.parse([], environment: ["WINNOW_ID": #"a\,b"#]).values?[ids] == ["a,b"])
    let file = command.parse(["--config", "f"], readConfig: { _ in Array(#"{"id": ["a\\,b", "c,d"]}"#.utf8) })
    #expect(file.values?[ids] == ["a,b", "c", "d"])
  }
}
