import JSON

/// The flags of a config file: a JSON object of texts, numbers, booleans and lists of them, by long name.
struct ConfigFile {
  /// Where the file is, for errors.
  let path: String
  /// The texts of each key; one, or those of a list.
  let texts: [String: [String]]

  /// - Throws: If the bytes are no such object, or more than a mebibyte.
  init(path: String, bytes: [UInt8]) throws(UsageError) {
    self.path = path
    guard bytes.count <= 1 << 20 else { throw UsageError("\(path) is longer than 1 MiB") }
    let json: JSON
    do throws(JSONReader.Mistake) { json = try JSONReader.read(bytes[...]) } catch {
      throw UsageError("\(path) is not JSON: \(error.text)")
    }
    guard case .object(let fields) = json else { throw UsageError("\(path) is no JSON object of flags") }
    var texts: [String: [String]] = [:]
    for (key, value) in fields {
      let values = if case .list(let values) = value { values } else { [value] }
      let found = values.compactMap(Self.text)
      guard found.count == values.count else {
        throw UsageError("\(path): \(JSON.step(key)) is no text, number, true, false or list of them")
      }
      texts[key] = found
    }
    self.texts = texts
  }

  private static func text(_ value: JSON) -> String? {
    switch value {
    case .text(let text): text
    case .bool(let flag): flag ? "true" : "false"
    case .int(let number): String(number)
    case .unsigned(let number): String(number)
    case .number(let number): String(number)
    case .null, .list, .object: nil
    }
  }
}
