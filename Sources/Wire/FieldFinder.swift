/// A reader that notes the place of the first field of a name.
struct FieldFinder: FieldCoder {
  static let isReading = true

  private let name: String
  private var reader: BodyReader
  /// Bytes before the field.
  private(set) var found: Int?
  /// Its value, where that is a text.
  private var text: String?

  /// The offset of the field in the body of a request; `nil` if the request has no such field.
  static func offset<Request: RequestMessage>(of name: String, in _: Request.Type, _ body: ArraySlice<UInt8>) -> Int? {
    Self(name, Request.self, body).found
  }

  /// The text of the field in the body of a request; `nil` if the request has no such field, or it is empty.
  static func text<Request: RequestMessage>(
    of name: String, in _: Request.Type, _ body: ArraySlice<UInt8>
  ) -> String? { Self(name, Request.self, body).text }

  private init<Request: RequestMessage>(_ name: String, _: Request.Type, _ body: ArraySlice<UInt8>) {
    self.init(name: name, reader: BodyReader(body, version: Request.bodyVersion))
    var request = Request()
    // A body of an earlier version ends sooner, but behind these fields.
    try? request.fields(&self)
  }

  private init(name: String, reader: BodyReader) {
    self.name = name
    self.reader = reader
  }

  var version: UInt16 { reader.version }
  var offset: Int { reader.offset }

  mutating func field<Value>(
    _ name: String, _ value: inout Value, read: (inout BodyReader) throws(WireError) -> Value,
    write: (Value, inout BodyWriter) -> Void, show: (Value, inout FieldSheet) -> Void
  ) throws(WireError) {
    let isWanted = found == nil && name == self.name
    if isWanted { found = reader.offset }
    value = try read(&reader)
    if isWanted { text = value as? String }
  }
}
