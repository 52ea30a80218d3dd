extension String {
  /// The values of a list: a comma ends a value, `\,` is a comma within one and `\\` a backslash.
  ///
  /// Any other backslash is itself. An empty text is a list of one empty value.
  package func splitList() -> [String] {
    let (comma, backslash) = (UInt8(ascii: ","), UInt8(ascii: "\\"))
    // By bytes: a mark that combines would make another character of the comma before it.
    var parts: [[UInt8]] = [[]]
    var bytes = utf8.makeIterator()
    var ahead = bytes.next()
    while let byte = ahead {
      ahead = bytes.next()
      if byte == comma {
        parts.append([])
      } else if byte == backslash, let escaped = ahead, escaped == comma || escaped == backslash {
        parts[parts.count - 1].append(escaped)
        ahead = bytes.next()
      } else {
        parts[parts.count - 1].append(byte)
      }
    }
    return parts.map { String(decoding: $0, as: UTF8.self) }
  }
}
