import Vocabulary

/// RULE: lists, keeps and removes the rules of a collection (`proto-spec/03-messages/rule.md`).
package struct RuleRequest: RequestMessage, Equatable {
  package typealias Reply = RuleResponse
  package static let opcode = Opcode.rule

  /// What is done.
  package enum Step: UInt8, Sendable, CaseIterable {
    case list = 1
    case put = 2
    case remove = 3
  }

  /// A rule by its name.
  package struct Rule: FieldGroup, Equatable {
    package var name = ""
    /// JSON; empty to remove the rule.
    package var document = ""

    package init() {}

    package init(_ name: String, _ document: String = "") { (self.name, self.document) = (name, document) }

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.name("name", &name)
      try c.text("document", &document, limit: Limits.ruleBytesMax)
    }

    package static func == (a: Rule, b: Rule) -> Bool { a.name == b.name && a.document.exact == b.document.exact }
  }

  package var step = Step.list
  package var collection = ""
  /// Of a list: only rules whose names come behind this one.
  package var after: String?
  /// To keep or to remove, no name twice.
  package var rules: [Rule] = []

  package init() {}

  package init(_ step: Step, of collection: String, rules: [Rule] = []) {
    (self.step, self.collection, self.rules) = (step, collection, rules)
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("step", &step, in: 1...3)
    try c.name("collection", &collection)
    let afterAt = c.offset
    try c.name("after", &after)
    try c.check(step == .list || after == nil, at: afterAt, "only a list goes on behind a rule")
    let rulesAt = c.offset
    try c.list("rules", &rules, leastBytes: 4, limit: Limits.rulesOfRequestMax)
    try c.check((step == .list) == rules.isEmpty, at: rulesAt, "rules are given to keep or to remove them")
    try c.check(
      rules.allSatisfy { $0.document.isEmpty == (step == .remove) }, at: rulesAt,
      "a rule that is kept has a document, one that is removed has none")
    try c.check(
      Set(rules.map(\.name)).count == rules.count, at: rulesAt, "a rule stands once in a request", or: .duplicateField)
  }
}

/// The answer to RULE.
package struct RuleResponse: Message, FieldGroup, Equatable {
  /// How many rules the collection has now.
  package var total: UInt32 = 0
  /// How many of the request's were new, changed or removed.
  package var changed: UInt32 = 0
  /// Of a list, by name.
  package var rules: [RuleRequest.Rule] = []
  /// Whether the list goes on.
  package var hasMore = false

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("total", &total)
    try c.integer("changed", &changed)
    try c.list("rules", &rules, leastBytes: 4, limit: Limits.rulesOfRequestMax)
    try c.flag("more", &hasMore)
  }
}
