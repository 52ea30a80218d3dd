import Filters
import JSON
import Vocabulary
import Wire

/// A merchandising rule as its document says it (`proto-spec/03-messages/rule.md`).
struct RuleDocument: Sendable, Equatable {
  /// Which words a query must have.
  enum Words: Sendable, Equatable {
    /// Any, or none.
    case any
    /// These and no others, in this order.
    case equal([ExactText])
    /// These among others, in any order.
    case contain([ExactText])
  }

  /// What is wrong, and where.
  struct Mistake: Error, Equatable {
    let text: String

    init(_ path: String, _ what: String) { text = "\(path): \(what)" }
  }

  private(set) var words = Words.any
  private(set) var segment: ExactText?
  private(set) var context: [(name: String, value: RankRequest.ContextValue)] = []
  /// Microseconds since 1970; it acts from then and before then.
  private(set) var from: Int64?
  private(set) var until: Int64?
  /// The greater one goes first.
  private(set) var priority = 0
  private(set) var pins: [(item: UInt64, place: Int, isForced: Bool)] = []
  private(set) var boosts: [RuleEffect.Boost] = []
  private(set) var hidden: [Filter] = []
  private(set) var filter: Filter?
  private(set) var cap: RankRequest.GroupCap?
  private(set) var message = ""

  static func == (a: RuleDocument, b: RuleDocument) -> Bool {
    a.words == b.words && a.segment == b.segment && a.from == b.from && a.until == b.until && a.priority == b.priority
      && a.context.elementsEqual(b.context) { $0.name == $1.name && $0.value == $1.value }
      && a.pins.elementsEqual(b.pins) { $0 == $1 } && a.boosts == b.boosts && a.hidden == b.hidden
      && a.filter == b.filter && a.cap == b.cap && a.message.exact == b.message.exact
  }

  /// Reads a document.
  ///
  /// - Throws: `Mistake`, with the path of the field.
  init(_ document: String) throws(Mistake) {
    let json: JSON
    do throws(JSONReader.Mistake) { json = try JSONReader.read(Array(document.utf8)[...]) } catch {
      throw Mistake("the document", error.text)
    }
    guard case .object(let fields) = json else { throw Mistake("the document", "an object is needed") }
    for (key, value) in fields { try take(key, value) }
    guard !pins.isEmpty || !boosts.isEmpty || !hidden.isEmpty || filter != nil || cap != nil || !message.isEmpty else {
      throw Mistake("the document", "a rule does something: pin, boost, hide, filter, cap or message")
    }
    if let from, let until, from >= until { throw Mistake("until", "it lies before from") }
  }

  private mutating func take(_ key: String, _ value: JSON) throws(Mistake) {
    switch key {
    case "words": words = try Self.words(value)
    case "segment": segment = try Self.text(value, key).exact
    case "context": try takeContext(value)
    case "from": from = try Self.time(value, key)
    case "until": until = try Self.time(value, key)
    case "priority": priority = try Self.integer(value, key, -1_000_000...1_000_000)
    case "pin": try takePins(value)
    case "boost": try takeBoosts(value)
    case "hide":
      for (place, one) in try Self.list(value, key, most: 16).enumerated() {
        hidden.append(try Self.filter(one, "hide[\(place)]"))
      }
    case "filter": filter = try Self.filter(value, key)
    case "cap":
      let fields = try Self.object(value, key, ["attribute", "most"])
      let attribute = try Self.text(fields["attribute"] ?? .null, "cap.attribute")
      guard isName(attribute) else { throw Mistake("cap.attribute", "it is no name of an attribute") }
      let most = try Self.integer(fields["most"] ?? .null, "cap.most", 1...Int(UInt16.max))
      cap = .init(attribute: attribute, most: UInt16(most))
    case "message":
      message = try Self.text(value, key)
      guard message.utf8.count <= Limits.ruleMessageBytesMax else {
        throw Mistake(key, "it has more than \(Limits.ruleMessageBytesMax) bytes")
      }
    default:
      throw Mistake(
        key,
        "there is no such field: words, segment, context, from, until, priority, pin, boost, hide, filter, cap, message"
      )
    }
  }

  // MARK: Conditions

  /// The words of a text, folded to lower case, between spaces.
  static func normalised(_ text: String) -> [ExactText] {
    text.lowercased().split(whereSeparator: \.isWhitespace).map { ExactText(String($0)) }
  }

  private static func words(_ value: JSON) throws(Mistake) -> Words {
    let fields = try object(value, "words", ["equal", "contain"])
    guard fields.count == 1, let (key, text) = fields.first else {
      throw Mistake("words", "one of equal and contain is needed")
    }
    let needed = normalised(try Self.text(text, "words.\(key.text)"))
    guard !needed.isEmpty else { throw Mistake("words.\(key.text)", "a word is needed") }
    return key == "equal" ? .equal(needed) : .contain(Set(needed).sorted())
  }

  private mutating func takeContext(_ value: JSON) throws(Mistake) {
    guard case .object(let fields) = value, fields.count <= Limits.contextFeaturesMax else {
      throw Mistake("context", "an object of at most \(Limits.contextFeaturesMax) features is needed")
    }
    for (name, value) in fields {
      guard isName(name) else { throw Mistake("context", "'\(name)' is no name of a feature") }
      if case .text(let word) = value {
        context.append((name, .keyword(word)))
      } else if let number = value.asNumber {
        context.append((name, .number(Float(number))))
      } else {
        throw Mistake("context.\(name)", "a number or a text is needed")
      }
    }
  }

  /// Seconds since 1970, as microseconds.
  private static func time(_ value: JSON, _ path: String) throws(Mistake) -> Int64 {
    let seconds = try integer(value, path, 0...253_402_300_800)
    return Int64(seconds) * 1_000_000
  }

  // MARK: Actions

  private mutating func takePins(_ value: JSON) throws(Mistake) {
    for (index, one) in try Self.list(value, "pin", most: 32).enumerated() {
      let fields = try Self.object(one, "pin[\(index)]", ["item", "place", "force"])
      guard let item = fields["item"]?.asID else { throw Mistake("pin[\(index)].item", "an id is needed") }
      let place = try Self.integer(fields["place"] ?? .null, "pin[\(index)].place", 1...Limits.kMax)
      var isForced = false
      if let force = fields["force"] {
        guard case .bool(let truth) = force else { throw Mistake("pin[\(index)].force", "true or false is needed") }
        isForced = truth
      }
      guard !pins.contains(where: { $0.item == item || $0.place == place }) else {
        throw Mistake("pin[\(index)]", "its item or place stands twice")
      }
      pins.append((item, place, isForced))
    }
  }

  private mutating func takeBoosts(_ value: JSON) throws(Mistake) {
    for (index, one) in try Self.list(value, "boost", most: 16).enumerated() {
      let fields = try Self.object(one, "boost[\(index)]", ["filter", "logits"])
      let filter = try Self.filter(fields["filter"] ?? .null, "boost[\(index)].filter")
      guard let logits = fields["logits"]?.asNumber, abs(logits) <= 1000 else {
        throw Mistake("boost[\(index)].logits", "a number from -1000 to 1000 is needed")
      }
      boosts.append(RuleEffect.Boost(filter: filter, logits: Float(logits)))
    }
  }

  // MARK: Values

  private static func object(_ value: JSON, _ path: String, _ names: [ExactText]) throws(Mistake) -> [ExactText: JSON] {
    guard case .object(let fields) = value else { throw Mistake(path, "an object is needed") }
    var found: [ExactText: JSON] = [:]
    for (key, value) in fields {
      guard names.contains(key.exact) else {
        throw Mistake("\(path).\(key)", "there is no such field: \(names.map(\.text).joined(separator: ", "))")
      }
      found[key.exact] = value
    }
    return found
  }

  private static func list(_ value: JSON, _ path: String, most: Int) throws(Mistake) -> [JSON] {
    guard case .list(let values) = value, values.count <= most else {
      throw Mistake(path, "a list of at most \(most) is needed")
    }
    return values
  }

  private static func text(_ value: JSON, _ path: String) throws(Mistake) -> String {
    guard case .text(let text) = value else { throw Mistake(path, "a text is needed") }
    return text
  }

  private static func integer(_ value: JSON, _ path: String, _ range: ClosedRange<Int>) throws(Mistake) -> Int {
    guard case .int(let number) = value, range.contains(number) else {
      throw Mistake(path, "a whole number from \(range.lowerBound) to \(range.upperBound) is needed")
    }
    return number
  }

  private static func filter(_ value: JSON, _ path: String) throws(Mistake) -> Filter {
    let text = try text(value, path)
    do throws(FilterError) { return try FilterParser.parse(text) } catch { throw Mistake(path, error.message) }
  }

  /// Refuses what does not fit a collection.
  func check(_ schema: CollectionSchema) throws(Mistake) {
    var filters: [(path: String, filter: Filter)] = []
    for (place, boost) in boosts.enumerated() { filters.append(("boost[\(place)].filter", boost.filter)) }
    for (place, one) in hidden.enumerated() { filters.append(("hide[\(place)]", one)) }
    if let filter { filters.append(("filter", filter)) }
    for (path, filter) in filters {
      do throws(FilterError) { _ = try filter.typed(against: schema) } catch { throw Mistake(path, error.message) }
    }
    if let cap {
      let type = schema.attributes.first { $0.name == cap.attribute }?.type
      guard let type, [.keyword, .int, .bool].contains(type) else {
        throw Mistake("cap.attribute", "a keyword, an int or a bool of the collection is needed")
      }
    }
  }
}
