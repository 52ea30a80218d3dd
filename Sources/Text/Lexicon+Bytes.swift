internal import Bytes
internal import Vocabulary

extension Lexicon {
  /// How a file of a lexicon begins.
  package static let magic = "WNWLEXI1"

  /// Bytes of a file at most.
  package static let bytesMax = 1 << 30

  private static let textsMax = 1 << 26
  private static let pairsMax = 1 << 27

  /// The bytes of the file.
  package var bytes: [UInt8] {
    var writer = ByteWriter(reservingCapacity: terms.bytes.count + words.bytes.count + 12 * pairs.count)
    writer.write(bytes: Self.magic.utf8)
    writer.write(TextAnalyser.version)
    writer.write(text: language.name)
    writer.write(items)
    writer.write(UInt32(fields.count))
    for field in fields {
      writer.write(text: field.name)
      writer.write(field.average)
    }
    for list in [terms, words] {
      writer.write(UInt32(list.count))
      for index in 0..<list.count {
        let text = list.utf8(index)
        writer.write(UInt8(text.count))
        writer.write(bytes: text)
        writer.write(list.counts[index])
      }
    }
    writer.write(UInt32(pairs.count))
    for (pair, count) in zip(pairs, pairCounts) {
      writer.write(UInt32(pair >> 32))
      writer.write(UInt32(truncatingIfNeeded: pair))
      writer.write(count)
    }
    writer.write(CRC32C.checksum(writer.bytes))
    return writer.bytes
  }

  /// Reads the bytes of a file.
  ///
  /// - Throws: `damagedLexicon` if they are not what was written, `otherVersion` if terms are made by other rules now.
  package init(bytes: [UInt8]) throws(TextError) {
    var reader: ByteReader
    let version: UInt32
    do throws(ByteError) {
      reader = try ByteReader(checked: bytes, magic: Self.magic)
      version = try reader.read()
    } catch { throw .damagedLexicon(offset: error.offset) }
    guard version == TextAnalyser.version else { throw .otherVersion(version) }
    do throws(ByteError) { try self.init(from: &reader) } catch { throw .damagedLexicon(offset: error.offset) }
  }

  private init(from reader: inout ByteReader) throws(ByteError) {
    let name = try reader.readText(limit: Limits.nameBytesMax)
    guard let language = try? TextLanguage(name) else { throw .outOfRange(offset: reader.offset, field: "language") }
    let items: UInt32 = try reader.read()
    let fieldCount = try reader.readCount(elementSize: 6, limit: Limits.attributesMax)
    var fields: [Field] = []
    for _ in 0..<fieldCount {
      let name = try reader.readText(limit: Limits.nameBytesMax)
      let average = try reader.readFloat()
      guard isName(name), average.isFinite, average >= 0, !fields.map(\.name).contains(name) else {
        throw .outOfRange(offset: reader.offset, field: "field")
      }
      fields.append(Field(name: name, average: average))
    }
    let terms = try Self.list(&reader, items, bytesMax: 255)
    let words = try Self.list(&reader, items, bytesMax: TermMaker.bytesMax)
    let pairCount = try reader.readCount(elementSize: 12, limit: Self.pairsMax)
    var (pairs, counts): ([UInt64], [UInt32]) = ([], [])
    for _ in 0..<pairCount {
      let (first, second): (UInt32, UInt32) = (try reader.read(), try reader.read())
      let (pair, count): (UInt64, UInt32) = (UInt64(first) << 32 | UInt64(second), try reader.read())
      guard Int(first) < words.count, Int(second) < words.count, pairs.last.map({ $0 < pair }) ?? true,
        count > 0, count <= items
      else { throw .outOfRange(offset: reader.offset, field: "pair") }
      pairs.append(pair)
      counts.append(count)
    }
    try reader.finish()
    self.init(
      language: language, items: items, fields: fields, terms: terms, words: words, pairs: pairs, pairCounts: counts)
  }

  private static func list(
    _ reader: inout ByteReader, _ items: UInt32, bytesMax: Int
  ) throws(ByteError) -> WordList {
    let count = try reader.readCount(elementSize: 6, limit: textsMax)
    var (bytes, starts, counts): ([UInt8], [UInt32], [UInt32]) = ([], [0], [])
    var before = ArraySlice<UInt8>()
    for _ in 0..<count {
      let text = try reader.readBytes(Int(try reader.read(UInt8.self)))
      let itemCount: UInt32 = try reader.read()
      // An empty text is not above the empty one that stands before the first.
      guard before.lexicographicallyPrecedes(text), text.count <= bytesMax, itemCount > 0, itemCount <= items,
        String(validating: text, as: UTF8.self) != nil
      else { throw .outOfRange(offset: reader.offset, field: "text") }
      bytes += text
      starts.append(UInt32(bytes.count))
      counts.append(itemCount)
      before = text
    }
    return WordList(bytes: bytes, starts: starts, counts: counts)
  }
}
