import Names
import Vocabulary

extension IDDictionary {
  /// Adds the entries of another dictionary that are not here yet.
  ///
  /// - Returns: The position here of each entry there.
  /// - Throws: If one holds ids and the other pseudonyms, or pseudonyms of two keys, or two ids have one pseudonym.
  mutating func add(entriesOf other: IDDictionary) throws(DataError) -> [Int] {
    guard keyCheck == other.keyCheck else {
      throw DataError(
        other.file, .key, "the users' pseudonyms were made with another key, or only one side has pseudonyms",
        advice: "import the new log with the --pseudonym-key-file of the first import")
    }
    var positions: [Int] = []
    do throws(NameError) {
      for entry in 0..<other.count {
        if isPseudonymous {
          positions.append(try add(pseudonym: other.ids[entry], check: other.checks[entry]))
        } else {
          positions.append(try add(other.names[entry]))
        }
      }
    } catch {
      throw DataError(error)
    }
    return positions
  }
}

extension DataSet {
  /// The data set with the events of a newer one behind its own; users and items keep their positions, those that are
  /// new come after them. What the newer one knows of an item or user holds, as far as the attribute was known before.
  ///
  /// - Throws: If the dictionaries do not go together, or only one log has a clock.
  package func adding(_ new: DataSet) throws(DataError) -> DataSet {
    guard hasClock == new.hasClock else {
      throw DataError(
        new.users.file, .conflict, "one log has the times of a clock, the other has not",
        advice: "import the new log with a column of times, or run 'winnow train' without --from")
    }
    var (users, items) = (users, items)
    let positionOfUser = try users.add(entriesOf: new.users)
    let positionOfItem = try items.add(entriesOf: new.items)
    var joined = interactions
    // Without a clock what is new comes after what is old.
    let shift = hasClock ? 0 : (interactions.times.max() ?? -1) + 1 - (new.interactions.times.min() ?? 0)
    for event in 0..<new.interactions.count {
      joined.append(
        user: positionOfUser[Int(new.interactions.users[event])],
        item: positionOfItem[Int(new.interactions.items[event])], weight: new.interactions.weights[event],
        time: new.interactions.times[event] + shift)
    }
    func attributes(
      _ old: Attributes, _ new: Attributes, _ positions: [Int], _ count: Int
    ) -> Attributes {
      let columns = zip(old.definitions, old.columns).map { definition, column in
        var whole = column + [AttributeValue?](repeating: nil, count: count - column.count)
        if let found = new.definitions.firstIndex(of: definition) {
          for (value, position) in zip(new.columns[found], positions) where value != nil { whole[position] = value }
        }
        return whole
      }
      return (old.definitions, columns)
    }
    let words = self.words.map { word, column in
      (word, column + (new.words[word] ?? [ExactText?](repeating: nil, count: new.interactions.count)))
    }
    return DataSet(
      joined, kinds: kinds + new.kinds, values: values + new.values,
      words: Dictionary(uniqueKeysWithValues: words),
      searches: searches.adding(new.searches, behind: interactions.count), hasClock: hasClock, users: users,
      items: items,
      itemTable: attributes(
        (catalogue.definitions, catalogue.columns), (new.catalogue.definitions, new.catalogue.columns), positionOfItem,
        items.count),
      userTable: attributes(
        (userDefinitions, userColumns), (new.userDefinitions, new.userColumns), positionOfUser, users.count))
  }
}
