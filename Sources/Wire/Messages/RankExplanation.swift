package import Vocabulary

/// Why the first results of an answer stand where they do: where each came from and, with a model, what each input of the
/// network added to its logit (`proto-spec/03-messages/rank.md`).
package struct RankExplanation: Message, Equatable {
  /// How far the explanation goes; unknown numbers survive.
  package struct State: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let notAsked = State(rawValue: 0)
    package static let complete = State(rawValue: 1)
    /// Time ended: some results that have a logit have no parts.
    package static let partial = State(rawValue: 2)
    /// Nothing was re-ranked by a model.
    package static let withoutModel = State(rawValue: 3)
  }

  /// The value of an input, before it is made ready for the network.
  package enum Value: Sendable, Equatable {
    case missing
    case number(Double)
    /// Cut to 255 bytes.
    case words(String)
    /// Of a vector.
    case norm(Double)

    /// Words are the same if their bytes are.
    package static func == (a: Value, b: Value) -> Bool {
      switch (a, b) {
      case (.missing, .missing): true
      case (.number(let a), .number(let b)), (.norm(let a), .norm(let b)): a == b
      case (.words(let a), .words(let b)): a.exact == b.exact
      default: false
      }
    }
  }

  /// An input of the network, or several that one feature makes.
  package struct Input: Sendable, Equatable {
    package var kind: InputKind
    /// That of the attribute or context feature; empty for vectors.
    package var name: String
    /// The value that all candidates have, so that its part is 0 for each; `nil`: each has its own.
    package var shared: Value?

    package init(_ kind: InputKind, name: String = "", shared: Value? = nil) {
      self.kind = kind
      self.name = name
      self.shared = shared
    }
  }

  /// A value of a result and what it adds to the logit.
  package struct Part: Sendable, Equatable {
    package var value: Value
    package var logit: Float

    package init(value: Value, logit: Float) {
      self.value = value
      self.logit = logit
    }
  }

  /// A result, in the order of the results.
  package struct Item: Sendable, Equatable {
    /// Among all candidates by retrieval score, from 1.
    package var place: UInt32
    package var shard: ShardID
    /// The search that brought it: a round trip or a second search.
    package var phase: Phase
    /// One for each input that is not shared, in their order; empty: none were computed.
    package var parts: [Part]

    package init(place: UInt32, shard: ShardID, phase: Phase, parts: [Part] = []) {
      self.place = place
      self.shard = shard
      self.phase = phase
      self.parts = parts
    }
  }

  /// Inputs that an explanation can name: four vectors, profile, 256 features of items and as many of the context.
  package static let inputsMax = 1024
  private static let textBytesMax = 255

  package var state = State.notAsked
  /// The logit of the mean input of the candidates that were re-ranked; 0 if nothing has parts.
  package var base: Float = 0
  package var inputs: [Input] = []
  package var items: [Item] = []

  /// No explanation.
  package init() {}

  package init(from reader: inout BodyReader) throws(WireError) {
    state = State(rawValue: try reader.integer())
    base = try reader.finiteFloat()
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 4, limit: Self.inputsMax)) {
      let kind = InputKind(rawValue: try reader.integer())
      let isShared = try reader.bool()
      let name = try reader.text(limit: Self.textBytesMax)
      inputs.append(Input(kind, name: name, shared: isShared ? try Self.value(from: &reader) : nil))
    }
    let ownCount = inputs.count { $0.shared == nil }
    for _ in 0..<(try reader.count(UInt16.self, elementSize: 8, limit: Limits.explainedMax)) {
      var item = Item(
        place: try reader.integer(), shard: ShardID(try reader.integer()), phase: Phase(rawValue: try reader.integer()))
      let at = reader.offset
      if try reader.bool() {
        guard ownCount > 0 else {
          throw WireError(.malformedBody, fieldOffset: at, message: "without inputs of its own a result has no parts")
        }
        for _ in 0..<ownCount {
          item.parts.append(Part(value: try Self.value(from: &reader), logit: try reader.finiteFloat()))
        }
      }
      items.append(item)
    }
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(state.rawValue)
    writer.write(base)
    writer.write(UInt16(inputs.count))
    for input in inputs {
      writer.write(input.kind.rawValue)
      writer.write(input.shared != nil)
      writer.write(text: input.name.cut(toBytes: Self.textBytesMax))
      if let value = input.shared { Self.write(value, to: &writer) }
    }
    writer.write(UInt16(items.count))
    for item in items {
      writer.write(item.place)
      writer.write(item.shard.rawValue)
      writer.write(item.phase.rawValue)
      writer.write(!item.parts.isEmpty)
      for part in item.parts {
        Self.write(part.value, to: &writer)
        writer.write(part.logit)
      }
    }
  }

  private static func value(from reader: inout BodyReader) throws(WireError) -> Value {
    switch try reader.integer(in: 0...UInt8(3)) {
    case 0: .missing
    case 1: .number(try reader.finiteDouble())
    case 2: .words(try reader.text(limit: textBytesMax))
    default: .norm(try reader.finiteDouble())
    }
  }

  private static func write(_ value: Value, to writer: inout BodyWriter) {
    switch value {
    case .missing: writer.write(0 as UInt8)
    case .number(let number):
      writer.write(1 as UInt8)
      writer.write(number)
    case .words(let words):
      writer.write(2 as UInt8)
      writer.write(text: words.cut(toBytes: textBytesMax))
    case .norm(let norm):
      writer.write(3 as UInt8)
      writer.write(norm)
    }
  }
}
