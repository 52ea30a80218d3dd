/// The files of a model directory about words, as bytes; `nil`: there is no such file.
package struct WordFiles: Sendable {
  /// Limits of the files, in bytes.
  package static let bytesMax = 1 << 30
  package static let listBytesMax = 16 << 20

  package var lexicon: [UInt8]?
  package var text: [UInt8]?
  package var suggestions: [UInt8]?
  package var synonyms: [UInt8]?
  package var protected: [UInt8]?

  /// None.
  package init() {}

  /// Those that a caller finds.
  ///
  /// - Parameter read: Gives the bytes of a file that has at most this number of them.
  package init<E: Error>(_ read: (_ file: ModelFile, _ limit: Int) throws(E) -> [UInt8]?) throws(E) {
    lexicon = try read(.lexicon, Self.bytesMax)
    text = try read(.text, Self.bytesMax)
    suggestions = try read(.suggestions, Self.bytesMax)
    synonyms = try read(.synonyms, Self.listBytesMax)
    protected = try read(.protected, Self.listBytesMax)
  }

  /// In the order of the content hash.
  var all: [(file: ModelFile, bytes: [UInt8]?, limit: Int)] {
    [
      (.lexicon, lexicon, Self.bytesMax), (.text, text, Self.bytesMax), (.suggestions, suggestions, Self.bytesMax),
      (.synonyms, synonyms, Self.listBytesMax), (.protected, protected, Self.listBytesMax),
    ]
  }
}
