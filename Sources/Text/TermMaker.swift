internal import Vocabulary

/// Makes terms of the characters of runs: length, unit, stem.
struct TermMaker: Sendable {
  /// Bytes of a term before its stem at most; what is longer is cut.
  static let bytesMax = 64

  /// `nil` for the language `none`.
  private let stemmer: Stemmer?

  init(_ stemmer: Stemmer?) { self.stemmer = stemmer }

  /// A term that is as it stands.
  func term(_ codes: ArraySlice<Int32>, _ kind: Term.Kind, _ place: Int) -> Term {
    let text = String(decoding: Self.bytes(codes), as: UTF8.self).exact
    return Term(text: text, surface: text, kind: kind, place: place)
  }

  /// A unit that a sign behind a number says.
  func sign(_ unit: String, _ place: Int) -> Term {
    Term(text: unit.exact, surface: unit.exact, kind: .unit, place: place)
  }

  /// A word: a unit by its short form, everything else by its stem.
  func word(_ codes: ArraySlice<Int32>, _ kind: Term.Kind, _ place: Int) -> Term {
    let bytes = Self.bytes(codes)
    let surface = String(decoding: bytes, as: UTF8.self).exact
    if kind == .word, let unit = UnitWords.shortForm(surface) {
      return Term(text: unit, surface: surface, kind: .unit, place: place)
    }
    return Term(text: stem(bytes, surface), surface: surface, kind: kind, place: place)
  }

  /// The term of a folded word that stands alone, such as one of a lexicon.
  func text(ofWord surface: ExactText) -> ExactText {
    UnitWords.shortForm(surface) ?? stem(Array(surface.text.utf8), surface)
  }

  private func stem(_ bytes: [UInt8], _ surface: ExactText) -> ExactText {
    stemmer.map { $0.stem(bytes).exact } ?? surface
  }

  /// UTF-8 of the first characters that have no more than `bytesMax` bytes.
  private static func bytes(_ codes: ArraySlice<Int32>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(codes.count, bytesMax) + 4)
    for code in codes {
      if code < 0x80, bytes.count < bytesMax {
        bytes.append(UInt8(truncatingIfNeeded: code))
        continue
      }
      guard let scalar = Unicode.Scalar(UInt32(bitPattern: code)) else { continue }
      let more = UTF8.encode(scalar)
      guard let more, bytes.count + more.count <= bytesMax else { break }
      bytes += more
    }
    return bytes
  }
}
