package import Vocabulary

/// Bytes of a name or of words in an explanation.
private let textBytesMax = 255

/// Why the first results of an answer stand where they do: where each came from and, with a model, what each input of the
/// network added to its logit (`proto-spec/03-messages/rank.md`).
package struct RankExplanation: Message, FieldGroup, Equatable {
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
  package struct Input: FieldGroup, Equatable {
    package var kind = InputKind.userVector
    /// That of the attribute or context feature; empty for vectors.
    package var name = ""
    /// The value that all candidates have, so that its part is 0 for each; `nil`: each has its own.
    package var shared: Value?

    package init() {}

    package init(_ kind: InputKind, name: String = "", shared: Value? = nil) {
      self.kind = kind
      self.name = name
      self.shared = shared
    }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      var (isShared, value, text) = (shared != nil, shared ?? .missing, name.cut(toBytes: textBytesMax))
      try c.integer("kind", &kind)
      try c.flag("shared", &isShared)
      try c.text("name", &text, limit: textBytesMax)
      if isShared { try c.value(&value) }
      try c.show("value_kind", isShared ? .number(Int(value.kind)) : .missing)
      try c.show("number", isShared ? .double(value.number) : .missing)
      try c.show("words", isShared ? .text(value.text) : .missing)
      (name, shared) = (text, isShared ? value : nil)
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

  package var state = State.notAsked
  /// The logit of the mean input of the candidates that were re-ranked; 0 if nothing has parts.
  package var base: Float = 0
  package var inputs: [Input] = []
  package var items: [Item] = []

  /// No explanation.
  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("explanation", &state)
    try c.float("base_logit", &base)
    try c.list("inputs", &inputs, leastBytes: 4, limit: Self.inputsMax)
    let ownCount = inputs.count { $0.shared == nil }
    try c.items("explained", &items, partCount: ownCount)
  }
}

extension RankExplanation.Item {
  /// - Parameter partCount: Of an item that has parts.
  fileprivate mutating func fields<C: FieldCoder>(_ c: inout C, partCount: Int) throws(C.Failure) {
    var hasParts = !parts.isEmpty
    try c.integer("place", &place)
    try c.integer("shard", &shard)
    try c.integer("phase", &phase)
    let at = c.offset
    try c.flag("has_parts", &hasParts)
    try c.check(!hasParts || partCount > 0, at: at, "without inputs of its own a result has no parts")
    try c.field(
      "parts", &parts,
      read: { (reader) throws(WireError) in
        var parts: [RankExplanation.Part] = []
        for _ in 0..<(hasParts ? partCount : 0) {
          var part = RankExplanation.Part(value: .missing, logit: 0)
          try reader.value(&part.value)
          part.logit = try reader.finiteFloat()
          parts.append(part)
        }
        return parts
      },
      write: { parts, writer in
        for var part in parts {
          writer.value(&part.value)
          writer.write(part.logit)
        }
      },
      show: { parts, sheet in
        sheet.put("value_kinds", FieldValue(list: parts.map(\.value.kind)))
        sheet.put("numbers", .list(parts.map { .double($0.value.number) }))
        sheet.put("words", .list(parts.map { .text($0.value.text) }))
        sheet.put("parts", FieldValue(list: parts.map(\.logit)))
      })
  }
}

extension FieldCoder {
  /// Results behind their u16 count.
  fileprivate mutating func items(
    _ name: String, _ items: inout [RankExplanation.Item], partCount: Int
  ) throws(Failure) {
    try field(
      name, &items,
      read: { (reader) throws(WireError) in
        var items: [RankExplanation.Item] = []
        for _ in 0..<(try reader.count(UInt16.self, elementSize: 8, limit: Limits.explainedMax)) {
          var item = RankExplanation.Item(place: 0, shard: ShardID(0), phase: .roundTrip)
          try item.fields(&reader, partCount: partCount)
          items.append(item)
        }
        return items
      },
      write: { items, writer in
        writer.write(UInt16(items.count))
        for var item in items { item.fields(&writer, partCount: partCount) }
      },
      show: { items, sheet in
        let sheets = items.map { item in
          var (item, part) = (item, FieldSheet(version: sheet.version))
          item.fields(&part, partCount: partCount)
          return part
        }
        sheet.put(name, .records(sheets))
      })
  }

  /// The kind of a value, and the value.
  fileprivate mutating func value(_ value: inout RankExplanation.Value) throws(Failure) {
    try field(
      "", &value,
      read: { (reader) throws(WireError) in
        switch try reader.integer(in: 0...UInt8(3)) {
        case 0: .missing
        case 1: .number(try reader.finiteDouble())
        case 2: .words(try reader.text(limit: textBytesMax))
        default: .norm(try reader.finiteDouble())
        }
      },
      write: { value, writer in
        writer.write(value.kind)
        switch value {
        case .missing: break
        case .number(let number), .norm(let number): writer.write(number)
        case .words(let words): writer.write(text: words.cut(toBytes: textBytesMax))
        }
      }, show: { _, _ in })
  }
}

extension RankExplanation.Value {
  /// The number of the kind on the wire.
  fileprivate var kind: UInt8 {
    switch self {
    case .missing: 0
    case .number: 1
    case .words: 2
    case .norm: 3
    }
  }

  /// Shown as 0 where it is none.
  fileprivate var number: Double {
    switch self {
    case .number(let number), .norm(let number): number
    case .missing, .words: 0
    }
  }

  /// Shown as empty where there is none.
  fileprivate var text: String { if case .words(let words) = self { words } else { "" } }
}
