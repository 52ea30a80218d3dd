import Filters
import Vocabulary
import Wire

/// The rules of a collection, found by hash of a query's words, never by a look at all of them.
package final class RuleBook: Sendable {
  /// A rule as the catalogue keeps it.
  package struct Stored: Sendable, Equatable {
    /// Names are unique.
    package let name: String
    /// When it was kept, in microseconds since 1970.
    package let made: Int64
    /// JSON.
    package let document: String

    /// A rule of its parts.
    package init(name: String, made: Int64, document: String) {
      (self.name, self.made, self.document) = (name, made, document)
    }

    package static func == (a: Stored, b: Stored) -> Bool {
      a.name == b.name && a.made == b.made && a.document.exact == b.document.exact
    }
  }

  /// What rules go by.
  struct Query {
    let request: RankRequest
    /// The name under which the context has the shopper's segment, if the model has segments.
    let segmentName: String?
    /// Microseconds since 1970.
    let now: Int64
  }

  private struct Rule {
    let name: String
    let made: Int64
    let document: RuleDocument

    /// The greater priority first, then the newest, then by name.
    static func precedes(_ a: Rule, _ b: Rule) -> Bool {
      if a.document.priority != b.document.priority { return a.document.priority > b.document.priority }
      return a.made != b.made ? a.made > b.made : a.name < b.name
    }
  }

  /// As the catalogue keeps them, by name.
  package let stored: [Stored]
  /// In the order in which they act.
  private let rules: [Rule]
  /// Places of rules by all of their words.
  private let equal: [[ExactText]: [Int]]
  /// Places of rules by the first of their words.
  private let contained: [ExactText: [Int]]
  /// Places of rules without words, by a feature of the context that they need, and of those that need none.
  private let byContext: [ExactText: [Int]]
  private let always: [Int]

  /// A book of rules; a document that cannot be read does not act.
  package init(_ stored: [Stored]) {
    self.stored = stored
    let rules = stored.compactMap { stored in
      (try? RuleDocument(stored.document)).map { Rule(name: stored.name, made: stored.made, document: $0) }
    }.sorted(by: Rule.precedes)
    var equal: [[ExactText]: [Int]] = [:]
    var contained: [ExactText: [Int]] = [:]
    var byContext: [ExactText: [Int]] = [:]
    var always: [Int] = []
    for (place, rule) in rules.enumerated() {
      switch rule.document.words {
      case .equal(let words): equal[words, default: []].append(place)
      case .contain(let words): contained[words[0], default: []].append(place)
      case .any:
        if let segment = rule.document.segment {
          byContext[segment, default: []].append(place)
        } else if case (_, .keyword(let word))? = rule.document.context.first {
          byContext[word.exact, default: []].append(place)
        } else {
          always.append(place)
        }
      }
    }
    self.rules = rules
    (self.equal, self.contained, self.byContext, self.always) = (equal, contained, byContext, always)
  }

  /// Whether there is none.
  var isEmpty: Bool { rules.isEmpty }

  /// What the rules ask for whose conditions a query fulfils.
  ///
  /// - Parameter asked: The filter of the query.
  func effect(on query: Query, _ asked: Filter?, _ schema: CollectionSchema) -> RuleEffect {
    var effect = RuleEffect()
    var places = Set(always)
    let typed = query.request.words.isEmpty ? [] : RuleDocument.normalised(query.request.words)
    if !typed.isEmpty {
      places.formUnion(equal[typed] ?? [])
      for word in typed { places.formUnion(contained[word] ?? []) }
    }
    for case (_, .keyword(let word)) in query.request.context { places.formUnion(byContext[word.exact] ?? []) }
    let known = Set(typed)
    for place in places.sorted() where Self.holds(rules[place].document, query, known) {
      act(rules[place], &effect, asked, schema)
    }
    return effect
  }

  private static func holds(_ rule: RuleDocument, _ query: Query, _ words: Set<ExactText>) -> Bool {
    if case .contain(let wanted) = rule.words, !words.isSuperset(of: wanted) { return false }
    if let from = rule.from, query.now < from { return false }
    if let until = rule.until, query.now >= until { return false }
    if let segment = rule.segment {
      let own = query.request.context.first { $0.name == query.segmentName }?.value
      guard case .keyword(let word)? = own, word.exact == segment else { return false }
    }
    return rule.context.allSatisfy { wanted in
      query.request.context.contains { $0.name == wanted.name && $0.value == wanted.value }
    }
  }

  private func act(_ rule: Rule, _ effect: inout RuleEffect, _ asked: Filter?, _ schema: CollectionSchema) {
    var outcome = PageReport.Rule.Outcome.acted
    let document = rule.document
    let added = document.hidden.map { Filter.not($0) } + (document.filter.map { [$0] } ?? [])
    var next = effect
    next.filters += added
    let fitsTogether = next.filter(with: asked).map { (try? $0.typed(against: schema)) != nil } ?? true
    let isFit = (try? document.check(schema)) != nil && fitsTogether
    guard isFit else {
      effect.outcomes.append(.init(rule.name, .unfit))
      return
    }
    next.boosts += document.boosts
    for pin in document.pins {
      if next.pins.contains(where: { $0.item == pin.item || $0.place == pin.place }) {
        outcome = .overruled
      } else {
        next.pins.append(.init(item: pin.item, place: pin.place, isForced: pin.isForced, rule: rule.name))
      }
    }
    if let cap = document.cap {
      if next.cap != nil { outcome = .overruled } else { next.cap = cap }
    }
    next.outcomes.append(.init(rule.name, outcome, message: document.message))
    effect = next
  }
}
