import JSON
import Ranking

/// JSON of the files of a data set: keys in alphabetical order and `snake_case`.
package enum DataSetJSON {
  /// The bytes of a file.
  package static func encode(_ value: some Encodable) -> [UInt8] {
    guard let json = try? ValueEncoder.encode(value, keys: .snakeCase) else {
      preconditionFailure("a report of finite numbers and text always encodes")
    }
    return json.file
  }

  /// The value of a file.
  ///
  /// - Throws: An error that names the file, the line or the field.
  package static func decode<Value: Decodable>(
    _: Value.Type, _ bytes: [UInt8], _ file: String
  ) throws(DataError) -> Value {
    let json: JSON
    do throws(JSONReader.Mistake) { json = try JSONReader.read(bytes[...]) } catch {
      throw DataError(file, line: error.line, field: error.path, .malformed, error.placed, advice: advice)
    }
    do { return try ValueDecoder.decode(Value.self, from: json, keys: .snakeCase) } catch {
      let (path, detail) = Self.place(of: error)
      throw DataError(file, field: path, .malformed, detail, advice: advice)
    }
  }

  private static let advice = "import or train again: this program wrote the file in another form"

  /// Where and why a value could not be taken.
  private static func place(of error: any Error) -> (path: String, detail: String) {
    switch error {
    case let error as FieldError: (ValueDecoder.path(error.path), error.detail)
    case DecodingError.keyNotFound(let key, let context):
      (ValueDecoder.path(context.codingPath + [key]), "the field is required")
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.dataCorrupted(let context):
      (ValueDecoder.path(context.codingPath), context.debugDescription)
    default: ("", "not of the expected form")
    }
  }
}
