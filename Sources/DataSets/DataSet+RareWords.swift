package import Vocabulary

extension DataSet {
  /// What stands in place of a word that too few users have.
  package static let otherWord: ExactText = "other".exact

  /// The same without words that would name a person: a keyword of users, or of the moments of events, that fewer users
  /// have becomes `other`, and a text of users is left out. What items are is public, and stays.
  ///
  /// - Parameter leastUsers: Users that a word has at least.
  package func withoutRareWords(leastUsers: Int) -> DataSet {
    guard leastUsers > 1 else { return self }
    let words = words.mapValues { column in
      var pairs: [ExactText: Set<UInt32>] = [:]
      for (word, user) in zip(column, interactions.users) { if let word { pairs[word, default: []].insert(user) } }
      return column.map { $0.map { pairs[$0]?.count ?? 0 < leastUsers ? Self.otherWord : $0 } }
    }
    let columns = userColumns.map { column in
      var counts: [ExactText: Int] = [:]
      for value in column { for word in Self.words(of: value) { counts[word, default: 0] += 1 } }
      return column.map { Self.common($0) { counts[$0, default: 0] >= leastUsers } }
    }
    return DataSet(
      interactions, kinds: kinds, values: values, words: words, searches: searches, hasClock: hasClock, users: users,
      items: items, itemTable: (catalogue.definitions, catalogue.columns), userTable: (userDefinitions, columns))
  }

  /// The different words of one user's value; a text is one.
  private static func words(of value: AttributeValue?) -> Set<ExactText> {
    switch value {
    case .text(let text), .keyword(let text): [text.exact]
    case .keywordSet(let members): Set(members.map(\.exact))
    case .int, .float, .bool, nil: []
    }
  }

  private static func common(_ value: AttributeValue?, _ isCommon: (ExactText) -> Bool) -> AttributeValue? {
    switch value {
    case .text(let text): return isCommon(text.exact) ? value : nil
    case .keyword(let word): return isCommon(word.exact) ? value : .keyword(otherWord.text)
    case .keywordSet(let members):
      let kept = members.filter { isCommon($0.exact) }
      guard kept.count < members.count else { return value }
      return .keywordSet(kept.filter { $0.exact != otherWord } + [otherWord.text])
    case .int, .float, .bool, nil: return value
    }
  }
}
