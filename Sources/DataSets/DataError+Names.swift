package import Names

extension DataError {
  /// The same trouble with a dictionary or a key.
  package init(_ error: NameError) {
    let kind: Kind =
      switch error.kind {
      case .unreadable: .unreadable
      case .dictionary: .dictionary
      case .key: .key
      case .conflict: .conflict
      }
    self.init(error.file, kind, error.message, advice: error.advice)
  }

  /// Runs what may have trouble with names.
  package static func naming<Value>(_ body: () throws(NameError) -> Value) throws(DataError) -> Value {
    do throws(NameError) { return try body() } catch { throw DataError(error) }
  }
}
