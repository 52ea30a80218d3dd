/// Bytes of the longest address.
package let addressByteCountMax = 255

/// Whether text is an address `HOST:PORT`: printable ASCII without blanks, at most 255 bytes, port 1…65,535; a host with
/// a colon (IPv6) stands in brackets.
package func isAddress(_ text: String) -> Bool {
  let bytes = Array(text.utf8)
  guard bytes.count <= addressByteCountMax, bytes.allSatisfy({ (0x21...0x7E).contains($0) }),
    let colon = bytes.lastIndex(of: UInt8(ascii: ":"))
  else { return false }
  let host = bytes[..<colon]
  let port = bytes[(colon + 1)...]
  guard !host.isEmpty, (1...5).contains(port.count), port.first != UInt8(ascii: "0"),
    port.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
    UInt16(String(decoding: port, as: UTF8.self)) != nil
  else { return false }
  let isBracketed = host.first == UInt8(ascii: "[") && host.last == UInt8(ascii: "]") && host.count > 2
  let name = isBracketed ? host.dropFirst().dropLast() : host
  return !name.contains {
    $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]") || ($0 == UInt8(ascii: ":") && !isBracketed)
  }
}
