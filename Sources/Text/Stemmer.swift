internal import CStemmer

/// A stemmer of Snowball; it keeps the last stem within itself, so one caller at a time.
@safe final class Stemmer: @unchecked Sendable {
  // SAFETY: the object is made by `init`, given to no other, and released by `deinit`; the lock of `TextAnalyser` lets
  // one caller in at a time.
  private let stemmer: OpaquePointer

  /// - Returns: `nil` if the library does not have the language.
  init?(_ language: TextLanguage) {
    guard let stemmer = unsafe sb_stemmer_new(language.name, nil) else { return nil }
    unsafe self.stemmer = stemmer
  }

  deinit { unsafe sb_stemmer_delete(stemmer) }

  /// The stem of a word in UTF-8, which is the word itself if nothing is cut.
  func stem(_ word: [UInt8]) -> String {
    // SAFETY: the word lies in the buffer for the call; the library's own buffer stays until its next call, and
    // `sb_stemmer_length` tells how many bytes of it are the stem.
    let stem = unsafe word.withUnsafeBufferPointer { word in
      unsafe sb_stemmer_stem(stemmer, word.baseAddress, CInt(word.count)).map {
        unsafe String(
          decoding: UnsafeBufferPointer(start: $0, count: Int(sb_stemmer_length(stemmer))), as: UTF8.self)
      }
    }
    // No memory, or nothing left: the word is its own stem.
    return stem.flatMap { $0.isEmpty ? nil : $0 } ?? String(decoding: word, as: UTF8.self)
  }
}
