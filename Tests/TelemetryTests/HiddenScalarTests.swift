import Testing
import Vocabulary

/// What others wrote steers no terminal, no page and no reader of JSON.
@Suite struct HiddenScalarTests {
  @Test(arguments: [
    ("\u{0}\u{7}\u{1B}\u{1F}", "␀␇␛␟"), ("\u{7F}\u{80}\u{9B}\u{9F}", "␡���"), ("a\nb\tc\r", "a␊b␉c␍"),
    ("\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\u{2066}\u{2067}\u{2068}\u{2069}\u{61C}\u{200E}\u{200F}", "������������"),
    ("\u{200B}\u{200C}\u{200D}\u{2060}\u{FEFF}\u{AD}\u{180E}\u{34F}\u{3164}\u{E0041}", "����������"),
    ("\u{2028}\u{2029}\u{FFF9}", "���"), ("Gläser 漢字 עברית 👍 ❤️", "Gläser 漢字 עברית 👍 ❤️"), ("", ""),
  ]) func hiddenScalarsAreReplacedByVisibleOnes(text: String, visible: String) {
    #expect(text.visible == visible)
    #expect(text.visible.visible == visible)
    #expect(text.visible.unicodeScalars.count == text.unicodeScalars.count)
  }

  @Test func everyScalarOfTheKindIsReplacedAndNoOther() {
    for value in UInt32(0)...0x10FFFF {
      guard let scalar = Unicode.Scalar(value) else { continue }
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: #expect(scalar.isHidden, "\(value)")
      case .uppercaseLetter, .lowercaseLetter, .decimalNumber, .spaceSeparator, .mathSymbol, .currencySymbol:
        #expect(!scalar.isHidden, "\(value)")
      default: break
      }
    }
  }

  @Test func linesStayLines() { #expect("a\u{1B}[K\n\tb\r\n".visibleLines == "a␛[K\n\tb␍\n") }

  @Test func jsonOfOthersSaysTheSame() {
    #expect(
      "{\n\t\"a\": \"\u{202E}x\u{1F600}\u{E0041}\"\r\n}".visibleJSON == "{\n\t\"a\": \"\\u202ex😀\\udb40\\udc41\"\r\n}")
  }
}
