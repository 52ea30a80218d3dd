package import Bytes
import Ranking
import Vocabulary

extension LoggedAnswer {
  private enum Flag {
    static let user: UInt8 = 1
    static let inputs: UInt8 = 2
    static let boosted: UInt8 = 4
    static let exchanged: UInt8 = 8
    static let arm: UInt8 = 16
  }

  /// Writes the record.
  ///
  /// - Parameter withInputs: Whether the inputs go along, if there are some.
  package func write(to writer: inout ByteWriter, withInputs: Bool = true) {
    let inputs = withInputs ? inputs : nil
    writer.write(
      (user == nil ? 0 : Flag.user) | (inputs == nil ? 0 : Flag.inputs) | (isBoosted ? Flag.boosted : 0)
        | (exchanged == nil ? 0 : Flag.exchanged) | (arm.isEmpty ? 0 : Flag.arm))
    writer.write(time)
    writer.write(requestID)
    writer.write(text: collection)
    writer.write(generation)
    writer.write(model)
    if let user { writer.write(user) }
    if !arm.isEmpty { writer.write(text: arm) }
    writer.write(text: words)
    writer.write(text: filter)
    writer.write(UInt16(context.count))
    for feature in context {
      writer.write(text: feature.name)
      switch feature.value {
      case .number(let number):
        writer.write(UInt8(1))
        writer.write(number)
      case .word(let word):
        writer.write(UInt8(2))
        writer.write(text: word.text)
      }
    }
    writer.write(offset)
    writer.write(UInt32(shown.count))
    writer.write(UInt32(rankedCount))
    writer.write(array: shown.map(\.item))
    writer.write(floats: shown.map(\.retrievalScore))
    writer.write(floats: shown.prefix(rankedCount).map(\.logit))
    if let exchanged { writer.write(exchanged) }
    inputs?.write(to: &writer)
  }

  /// Reads a record, which is all that the bytes hold.
  package init(_ bytes: ArraySlice<UInt8>) throws(ByteError) {
    var reader = ByteReader(bytes)
    let flags = try reader.read(UInt8.self)
    guard flags <= 31 else { throw .outOfRange(offset: 0, field: "these flags have no meaning") }
    isBoosted = flags & Flag.boosted != 0
    time = try reader.read()
    requestID = try reader.read()
    collection = try reader.readText(limit: Limits.nameBytesMax)
    generation = try reader.read()
    model = try reader.read()
    if flags & Flag.user != 0 { user = try reader.read(UInt64.self) }
    if flags & Flag.arm != 0 { arm = try reader.readText(limit: Limits.nameBytesMax) }
    words = try reader.readText(limit: Self.textBytesMax)
    filter = try reader.readText(limit: Self.textBytesMax)
    for _ in 0..<(try reader.read(UInt16.self)) {
      let name = try reader.readText(limit: Limits.nameBytesMax)
      let at = reader.offset
      switch try reader.read(UInt8.self) {
      case 1: context.append(Feature(name: name, value: .number(try reader.readFloat())))
      case 2: context.append(Feature(name: name, value: .word(try reader.readText(limit: 255).exact)))
      default: throw .outOfRange(offset: at, field: "a value of a context is a number or a word")
      }
    }
    offset = try reader.read()
    let at = reader.offset
    let count = try reader.readCount(elementSize: 12, limit: Limits.kMax)
    rankedCount = Int(try reader.read(UInt32.self))
    guard rankedCount <= count else { throw .outOfRange(offset: at, field: "more logits than results") }
    let ids: [UInt64] = try reader.readArray(count: count)
    let scores = try reader.readFloats(count)
    let logits = try reader.readFloats(rankedCount)
    shown = ids.indices.map { index in
      Shown(item: ids[index], retrievalScore: scores[index], logit: index < rankedCount ? logits[index] : 0)
    }
    if flags & Flag.exchanged != 0 {
      let at = reader.offset
      let place = try reader.read(UInt32.self)
      guard Int(place) + 1 < count else { throw .outOfRange(offset: at, field: "there is no result below this place") }
      exchanged = place
    }
    if flags & Flag.inputs != 0 { inputs = try AnswerInputs(from: &reader) }
    try reader.finish()
  }
}
