internal import CStemmer
internal import Vocabulary

/// Whose endings the words of a collection's texts lose: a stemmer of Snowball by its name, or `none`.
package struct TextLanguage: Hashable, Sendable {
  package let name: String

  /// Words stay as they are: the default.
  package static let none = TextLanguage(known: "none")

  /// `none`, then what the library has, by name.
  package static let all = [none] + libraryNames.map { TextLanguage(known: $0) }

  /// - Throws: `unknownLanguage` if it is neither `none` nor a name that the library lists.
  package init(_ name: String) throws(TextError) {
    guard let known = Self.all.first(where: { $0.name.exact == name.exact }) else { throw .unknownLanguage }
    self = known
  }

  private init(known name: String) { self.name = name }

  private static let libraryNames: [String] = {
    var names: [String] = []
    // SAFETY: the library's list is constant, ends with a null pointer, and holds texts that end with a zero.
    guard var next = unsafe sb_stemmer_list() else { return [] }
    while let name = unsafe next.pointee {
      names.append(unsafe String(cString: name))
      unsafe next += 1
    }
    return names.sorted { $0.exact < $1.exact }
  }()
}
