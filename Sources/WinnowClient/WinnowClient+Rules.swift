import Vocabulary
import Wire

extension WinnowClient {
  /// The rules of a collection, by name.
  public func rules(of collection: String, timeout: Duration? = nil) async throws(WinnowError) -> [SearchRule] {
    try Check.name(collection, "collection")
    var request = RuleRequest(.list, of: collection)
    var rules: [SearchRule] = []
    while true {
      let reply = try await call(request, .read, timeout: timeout)
      rules += reply.rules.map { SearchRule($0.name, document: $0.document) }
      guard reply.hasMore, let last = reply.rules.last else { return rules }
      request.after = last.name
    }
  }

  /// Keeps rules, each in the place of one of its name.
  ///
  /// - Returns: how many were new or changed.
  public func keep(
    _ rules: [SearchRule], of collection: String, timeout: Duration? = nil
  ) async throws(WinnowError) -> Int {
    try await change(.put, rules.map { .init($0.name, $0.document) }, collection, timeout)
  }

  /// Removes rules.
  ///
  /// - Returns: how many were there.
  public func removeRules(
    _ names: [String], of collection: String, timeout: Duration? = nil
  ) async throws(WinnowError) -> Int {
    try await change(.remove, names.map { .init($0) }, collection, timeout)
  }

  private func change(
    _ step: RuleRequest.Step, _ rules: [RuleRequest.Rule], _ collection: String, _ timeout: Duration?
  ) async throws(WinnowError) -> Int {
    try Check.name(collection, "collection")
    var changed = 0
    for start in stride(from: 0, to: rules.count, by: Limits.rulesOfRequestMax) {
      let part = Array(rules[start..<min(start + Limits.rulesOfRequestMax, rules.count)])
      for rule in part {
        try Check.name(rule.name, "rule")
        try Check.range(
          rule.document.utf8.count, step == .put ? 1...Limits.ruleBytesMax : 0...0, "number of bytes of a rule")
      }
      guard Set(part.map(\.name)).count == part.count else {
        throw WinnowError(invalid: "a rule stands twice", code: .duplicateField)
      }
      // The same again changes nothing.
      changed += Int(
        try await call(RuleRequest(step, of: collection, rules: part), .repeatable, timeout: timeout).changed)
    }
    return changed
  }
}
