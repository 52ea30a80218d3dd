import Text

extension Suggestions {
  /// What a model completes queries by; `nil`: it has no such file.
  ///
  /// - Throws: What is wrong with the file.
  init?(file bytes: [UInt8]?) throws(ModelError) {
    guard let bytes else { return nil }
    do throws(TextError) { try self.init(bytes: bytes) } catch {
      throw ModelError(.suggestions, "", .malformed, error.text)
    }
  }
}
