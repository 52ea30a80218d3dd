import COpenSSL

/// Bytes as text of 64 letters, with padding (RFC 4648, section 4).
package enum Base64 {
  /// The text of some bytes. O(bytes).
  package static func text(_ bytes: [UInt8]) -> String {
    var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
    // SAFETY: EVP_EncodeBlock writes 4 letters for each 3 bytes or part of them, and a zero behind: the room above.
    let count = unsafe text.withUnsafeMutableBufferPointer { text in
      unsafe bytes.withUnsafeBufferPointer { bytes in
        unsafe EVP_EncodeBlock(text.baseAddress, bytes.baseAddress, Int32(bytes.count))
      }
    }
    return String(decoding: text.prefix(Int(count)), as: UTF8.self)
  }

  /// The bytes of a text; `nil` if it is no base64 with padding. O(letters).
  package static func bytes(_ text: String) -> [UInt8]? {
    let letters = Array(text.utf8)
    let padding = letters.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    // EVP_DecodeBlock takes spaces at both ends and padding anywhere in the last four: checked here instead.
    guard letters.count % 4 == 0, padding <= 2, letters.count <= Int(Int32.max) else { return nil }
    guard letters.dropLast(padding).allSatisfy(isLetter) else { return nil }
    var bytes = [UInt8](repeating: 0, count: letters.count / 4 * 3)
    // SAFETY: EVP_DecodeBlock writes 3 bytes for each 4 letters.
    let count = unsafe bytes.withUnsafeMutableBufferPointer { bytes in
      unsafe letters.withUnsafeBufferPointer { letters in
        unsafe EVP_DecodeBlock(bytes.baseAddress, letters.baseAddress, Int32(letters.count))
      }
    }
    guard count == bytes.count else { return nil }
    return Array(bytes.dropLast(padding))
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"): true
    default: false
    }
  }
}
