internal import Bytes
internal import Vocabulary

extension Suggestions {
  /// How a file of suggestions begins.
  package static let magic = "WNWSUGG1"

  /// Bytes of a file at most.
  package static let bytesMax = 1 << 30

  private static let namesMax = 1 << 20

  /// The bytes of the file.
  package var bytes: [UInt8] {
    var writer = ByteWriter(reservingCapacity: 2 * keys.bytes.count + 16 * keys.count)
    writer.write(bytes: Self.magic.utf8)
    writer.write(TextAnalyser.version)
    writer.write(text: attribute)
    writer.write(UInt32(categories.count))
    for name in categories {
      writer.write(UInt8(name.utf8.count))
      writer.write(bytes: name.utf8)
    }
    writer.write(UInt32(keys.count))
    for place in 0..<keys.count {
      let (key, text) = (keys.utf8(place), texts[place].utf8)
      writer.write(UInt16(key.count))
      writer.write(bytes: key)
      // Most queries are typed as they are folded.
      let isOther = !text.elementsEqual(key)
      writer.write(UInt16(isOther ? text.count : 0))
      if isOther { writer.write(bytes: text) }
      writer.write(keys.counts[place])
      writer.write(UInt8(categoriesOfQuery[place].count))
      for category in categoriesOfQuery[place] {
        writer.write(UInt32(category.place))
        writer.write(category.users)
      }
    }
    writer.write(CRC32C.checksum(writer.bytes))
    return writer.bytes
  }

  /// Reads the bytes of a file.
  ///
  /// - Throws: `damagedSuggestions` if they are not what was written, `otherSuggestions` if queries are folded by other
  ///   rules now.
  package init(bytes: [UInt8]) throws(TextError) {
    var reader: ByteReader
    let version: UInt32
    do throws(ByteError) {
      reader = try ByteReader(checked: bytes, magic: Self.magic)
      version = try reader.read()
    } catch { throw .damagedSuggestions(offset: error.offset) }
    guard version == TextAnalyser.version else { throw .otherSuggestions(version) }
    do throws(ByteError) { try self.init(from: &reader) } catch { throw .damagedSuggestions(offset: error.offset) }
  }

  private init(from reader: inout ByteReader) throws(ByteError) {
    let attribute = try reader.readText(limit: Limits.nameBytesMax)
    let nameCount = try reader.readCount(elementSize: 2, limit: Self.namesMax)
    var names: [String] = []
    for _ in 0..<nameCount {
      let utf8 = try reader.readBytes(Int(try reader.read(UInt8.self)))
      guard let name = String(validating: utf8, as: UTF8.self), !name.isEmpty,
        names.last.map({ $0.exact < name.exact }) ?? true
      else { throw .outOfRange(offset: reader.offset, field: "category") }
      names.append(name)
    }
    guard attribute.isEmpty == names.isEmpty, attribute.isEmpty || isName(attribute) else {
      throw .outOfRange(offset: reader.offset, field: "attribute")
    }
    let count = try reader.readCount(elementSize: 9, limit: Self.queriesMax)
    var (bytes, starts, counts): ([UInt8], [UInt32], [UInt32]) = ([], [0], [])
    var texts: [String] = []
    var categories: [[Category]] = []
    var before = ArraySlice<UInt8>()
    for _ in 0..<count {
      let key = try reader.readBytes(Int(try reader.read(UInt16.self)))
      let text = try reader.readBytes(Int(try reader.read(UInt16.self)))
      let users: UInt32 = try reader.read()
      guard before.lexicographicallyPrecedes(key), key.count <= TextAnalyser.queryBytesMax,
        text.count <= TextAnalyser.queryBytesMax, users >= Self.usersMin,
        let folded = String(validating: key, as: UTF8.self), let typed = String(validating: text, as: UTF8.self),
        !text.elementsEqual(key)
      else { throw .outOfRange(offset: reader.offset, field: "query") }
      bytes += key
      starts.append(UInt32(bytes.count))
      counts.append(users)
      texts.append(text.isEmpty ? folded : typed)
      categories.append(try Self.categories(&reader, users: users, nameCount: nameCount))
      before = key
    }
    try reader.finish()
    self.init(
      attribute: attribute, categories: names, keys: WordList(bytes: bytes, starts: starts, counts: counts),
      texts: texts, categoriesOfQuery: categories)
  }

  private static func categories(
    _ reader: inout ByteReader, users: UInt32, nameCount: Int
  ) throws(ByteError) -> [Category] {
    let count = Int(try reader.read(UInt8.self))
    guard count <= categoriesMax else { throw .outOfRange(offset: reader.offset, field: "categories") }
    var found: [Category] = []
    for _ in 0..<count {
      let (place, steps): (UInt32, UInt32) = (try reader.read(), try reader.read())
      guard place < nameCount, steps >= usersMin, steps <= users, found.last.map({ $0.users >= steps }) ?? true,
        !found.contains(where: { $0.place == place })
      else { throw .outOfRange(offset: reader.offset, field: "category") }
      found.append(Category(place: Int(place), users: steps))
    }
    return found
  }
}
