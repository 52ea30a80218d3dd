import Testing

@testable import JSON

struct FlatObjectTests {
  private func scan(_ text: String) -> [String: (FlatObject.Form, String)]? {
    guard let (fields, bytes) = FlatObject.scan(Array(text.utf8)) else { return nil }
    return Dictionary(
      uniqueKeysWithValues: fields.map { field in
        (String(decoding: field.key, as: UTF8.self), (field.form, String(decoding: bytes[field.bytes], as: UTF8.self)))
      })
  }

  @Test func fieldsBecomeBytes() throws {
    let fields = try #require(
      scan(#" {"a":"x\n\u00e9😀","b":-1.5e3,"c":[1,"two",true],"d":null,"e":{"f":[{}]},"g":[[1],[2]],"h":[],"i":NaN} "#))
    #expect(fields["a"]?.0 == .scalar && fields["a"]?.1 == "x\né😀")
    #expect(fields["b"]?.1 == "-1.5e3" && fields["i"]?.1 == "NaN")
    #expect(fields["c"]?.0 == .list && fields["c"]?.1 == "1\u{1F}two\u{1F}true")
    #expect(fields["d"]?.0 == .null && fields["h"]?.0 == .list && fields["h"]?.1 == "")
    #expect(fields["e"]?.0 == .nested && fields["g"]?.0 == .nested && fields["e"]?.1 == "")
  }

  @Test(arguments: [
    "", "{", "[]", "{\"a\":1,}", "{\"a\":1} x", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{a:1}", "{\"a\":01}",
    "{\"a\":1.}", "{\"a\":.5}", "{\"a\":+1}", "{\"a\":1e}", "{\"a\":-}", "{\"a\":tru}", "{\"a\":\"\\ud800\"}",
    "{\"a\":\"\t\"}", "{\"a\":[1,]}", "{\"a\":{\"b\":}}", "{\"a\":[[1,]]}", "{\"a\":\"x}", "\u{FEFF}{\"a\":1}",
  ]) func whatIsNoObjectIsRefused(text: String) { #expect(scan(text) == nil) }

  @Test func depthAndNumberOfFieldsAreBounded() {
    let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
    #expect(scan("{\"a\":\(deep)}") == nil)
    func wide(_ count: Int) -> String { "{" + (0..<count).map { "\"k\($0)\":1" }.joined(separator: ",") + "}" }
    #expect(scan(wide(FlatObject.fieldsMax))?.count == FlatObject.fieldsMax)
    #expect(scan(wide(FlatObject.fieldsMax + 1)) == nil)
  }
}
