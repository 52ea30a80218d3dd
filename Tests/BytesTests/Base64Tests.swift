import Bytes
import Support
import Testing

@Suite struct Base64Tests {
  /// The vectors of RFC 4648, section 10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
    ("foobar", "Zm9vYmFy"),
  ]) func vectorsOfTheStandard(plain: String, text: String) {
    #expect(Base64.text(Array(plain.utf8)) == text)
    #expect(Base64.bytes(text) == Array(plain.utf8))
  }

  @Test func randomBytesComeBack() {
    var random = SeededRandom(seed: 3)
    for count in 0..<300 {
      let bytes = random.bytes(count)
      #expect(Base64.bytes(Base64.text(bytes)) == bytes)
    }
  }

  @Test(arguments: ["Zg=", "Zg", "Z===", "====", "Zm9v\n", " Zm9v", "Zm=v", "Zm-v", "Zm9vé"])
  func whatIsNoBase64IsRefused(text: String) { #expect(Base64.bytes(text) == nil) }
}
