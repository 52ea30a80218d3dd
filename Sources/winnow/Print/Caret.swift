import Vocabulary

/// Points into a text that a person wrote.
enum Caret {
  /// The text and a caret below a byte of it; `nil` if the byte is not in the text or at its end.
  static func lines(_ text: String, byteOffset: Int) -> String? {
    let bytes = Array(text.utf8)
    guard !text.isEmpty, (0...bytes.count).contains(byteOffset) else { return nil }
    let printable = { (bytes: ArraySlice<UInt8>) in
      String(String(decoding: bytes, as: UTF8.self).map { $0.isNewline || $0 == "\t" ? " " : $0 }).visible
    }
    return "  " + printable(bytes[...]) + "\n  "
      + String(repeating: " ", count: printable(bytes[..<byteOffset]).count) + "^\n"
  }
}
