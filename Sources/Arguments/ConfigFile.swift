internal import FoundationEssentials

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
    do {
      texts = try JSONDecoder().decode([String: Entry].self, from: Data(bytes)).mapValues(\.texts)
    } catch {
      throw UsageError("\(path) is not a JSON object of texts, numbers, true, false and lists of them")
    }
  }

  private struct Entry: Decodable {
    let texts: [String]

    init(from decoder: any Decoder) throws {
      if var list = try? decoder.unkeyedContainer() {
        var texts: [String] = []
        while !list.isAtEnd { texts.append(try list.decode(Scalar.self).text) }
        self.texts = texts
      } else {
        texts = [try Scalar(from: decoder).text]
      }
    }
  }

  private struct Scalar: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let value = try? container.decode(Bool.self) {
        text = value ? "true" : "false"
      } else if let value = try? container.decode(Int64.self) {
        text = String(value)
      } else if let value = try? container.decode(Double.self) {
        text = String(value)
      } else {
        text = try container.decode(String.self)
      }
    }
  }
}
