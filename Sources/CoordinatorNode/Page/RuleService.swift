import Transport
import Vocabulary
import Wire

/// Answers RULE.
struct RuleService: Sendable {
  let registry: CollectionRegistry
  let administration: Administration
  let surroundings: Coordinator.Surroundings

  /// Answers RULE.
  func step(_ request: RuleRequest, _ inbound: InboundRequest) async throws(WireError) -> RuleResponse {
    guard request.step == .list else {
      return try await administration.run(by: inbound.deadline) { () async throws(WireError) in
        try await change(request)
      }
    }
    guard let stored = registry.catalogue.collections[request.collection]?.rules else {
      throw WireError(.unknownCollection)
    }
    var response = RuleResponse()
    response.total = UInt32(clamping: stored.count)
    let first = request.after.map { after in stored.firstIndex { $0.name > after } ?? stored.count } ?? 0
    let rules = stored[first...].prefix(Limits.rulesOfRequestMax)
    response.rules = rules.map { .init($0.name, $0.document) }
    response.hasMore = first + rules.count < stored.count
    return response
  }

  private func change(_ request: RuleRequest) async throws(WireError) -> RuleResponse {
    let schema = try registry.serving.collection(request.collection, Generation(0)).schema
    for rule in request.rules where request.step == .put {
      do throws(RuleDocument.Mistake) { try RuleDocument(rule.document).check(schema) } catch {
        throw WireError(.badRule, message: "rule \(rule.name), \(error.text)")
      }
    }
    let now = surroundings.wallTime
    return try await registry.update { (catalogue) throws(WireError) in
      guard let stored = catalogue.collections[request.collection]?.rules else { throw WireError(.unknownCollection) }
      var rules = Dictionary(uniqueKeysWithValues: stored.map { ($0.name.exact, $0) })
      var changed: UInt32 = 0
      for rule in request.rules {
        let name = rule.name.exact
        if request.step == .remove {
          if rules.removeValue(forKey: name) != nil { changed += 1 }
        } else if rules[name]?.document.exact != rule.document.exact {
          rules[name] = RuleBook.Stored(name: rule.name, made: now, document: rule.document)
          changed += 1
        }
      }
      guard rules.count <= Limits.rulesMax,
        rules.values.reduce(0, { $0 + $1.document.utf8.count }) <= Limits.rulesBytesMax
      else {
        throw WireError(
          .limitExceeded,
          message: "a collection has at most \(Limits.rulesMax) rules of together \(Limits.rulesBytesMax) bytes")
      }
      catalogue.collections[request.collection]?.rules = rules.values.sorted { $0.name < $1.name }
      var response = RuleResponse()
      (response.total, response.changed) = (UInt32(clamping: rules.count), changed)
      return response
    }
  }
}
