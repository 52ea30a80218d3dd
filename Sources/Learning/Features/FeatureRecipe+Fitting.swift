import DataSets
import Ranking
import Vocabulary

extension FeatureRecipe {
  /// Attributes whose words' shares in a user's history are inputs.
  private static let historyAttributesMax = 4
  /// Bytes of a word that may stand in the name of an input.
  private static let wordBytesMax = 128

  /// Learns what to make of a log.
  init(
    _ log: TrainingEvents, _ catalogue: AttributeColumns, _ users: AttributeColumns, _ derived: DerivedAttributes,
    _ options: FeatureOptions
  ) {
    var items: [AttributeFeature] = []
    var history = Self.counts(log)
    var crosses: [AttributeFeature] = []
    var shares = 0
    for (definition, column) in zip(catalogue.definitions, catalogue.columns) {
      // A date says nothing by itself: the age does, below.
      if definition.name == DerivedAttributes.firstSeen { continue }
      guard let feature = FeatureFit.feature(definition, column, wordsMax: options.wordsMax) else { continue }
      items.append(feature)
      switch feature {
      case .numeric(DerivedAttributes.priceInCategory, let normalisation):
        history.append(.mean(attribute: definition.name, normalisation))
        crosses.append(.habit(attribute: definition.name, profile: definition.name.exact, normalisation))
      case .oneHot(_, let oneHot) where shares < Self.historyAttributesMax:
        let words = oneHot.words.prefix(options.historyWordsMax).filter { $0.utf8.count <= Self.wordBytesMax }
        guard !words.isEmpty else { continue }
        history += words.map { .share(attribute: definition.name, word: $0.exact) }
        crosses.append(.affinity(attribute: definition.name, profile: definition.name.exact))
        shares += 1
      default: break
      }
    }
    if options.usesContext, derived.hasFirstSeen, let age = Self.age(log) { crosses.append(age) }
    self.derived = derived
    self.items = items
    self.crosses = crosses
    self.history = history
    historyDecay = options.historyDecay
    owned = options.ownHalfLife.map { OwnedFeature(context: "day", halfLife: $0) }
    context = options.usesContext ? Self.context(log, wordsMax: options.wordsMax) : []
    self.users = zip(users.definitions, users.columns).compactMap { definition, column in
      FeatureFit.feature(definition, column, wordsMax: options.historyWordsMax)
    }
  }

  /// How active users are: events by kind and, with a clock, the days since the last.
  private static func counts(_ log: TrainingEvents) -> [HistoryInput] {
    var inputs: [HistoryInput] = EventKind.allCases.compactMap { kind in
      var counts = [Double?](repeating: 0, count: log.interactions.userCount)
      for (event, user) in log.interactions.users.enumerated() where log.kinds[event] == kind {
        counts[Int(user)]? += 1
      }
      return FeatureFit.normalisation(counts, takesLog: true).map { .count(event: kind.word, $0) }
    }
    if let days = log.days, let end = log.lastDay {
      var last = [Double?](repeating: nil, count: log.interactions.userCount)
      for (user, day) in zip(log.interactions.users, days) {
        last[Int(user)] = min(last[Int(user)] ?? .infinity, end - Double(day))
      }
      if let normalisation = FeatureFit.normalisation(last, takesLog: true) {
        inputs.append(.daysSinceLast(normalisation))
      }
    }
    return inputs
  }

  /// The time of day, the day of the week, and what the log says of moments.
  private static func context(_ log: TrainingEvents, wordsMax: Int) -> [ContextFeature] {
    var context: [ContextFeature] = []
    if log.days != nil {
      context = [
        .bins(name: "hour", edges: [3, 6, 9, 12, 15, 18, 21]), .bins(name: "weekday", edges: [1, 2, 3, 4, 5, 6]),
      ]
    }
    for (place, name) in EventWord.allCases.enumerated() {
      let column = log.eventContexts.map { eventContext -> AttributeValue? in
        // A query has the word that stands no longer in the log: it is one without an input of its own, and so is this.
        guard !eventContext.words.isEmpty, let word = eventContext.words[place], word != DataSet.otherWord else {
          return nil
        }
        return .keyword(word.text)
      }
      guard let words = FeatureFit.words(column, wordsMax: wordsMax) else { continue }
      context.append(.oneHot(name: name.rawValue, OneHot(words: words, hasOther: true)))
    }
    return context
  }

  /// How old items are when they are chosen.
  private static func age(_ log: TrainingEvents) -> AttributeFeature? {
    guard let days = log.days else { return nil }
    let ages = zip(log.interactions.items, days).map { item, day in log.firstDays[Int(item)].map { Double(day) - $0 } }
    return FeatureFit.normalisation(ages, takesLog: true).map {
      .age(attribute: DerivedAttributes.firstSeen, context: "day", $0)
    }
  }
}
