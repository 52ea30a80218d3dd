package import Names

extension DataSet {
  /// The data set under another key of pseudonyms.
  package struct Rekeyed: Sendable {
    package let data: DataSet
    /// Of each user who stays the old and the new number, in the order of the dictionary.
    package let numbers: [(old: UInt64, new: UInt64)]
    /// Of each user the new index; `nil` for those who are dropped.
    package let places: [Int?]

    /// How many users are dropped because no id leads to them.
    package var droppedCount: Int { places.count { $0 == nil } }
  }

  /// Gives the users of these ids the pseudonyms of another key. A hash leads to no other hash, so users whose id is not
  /// among them are dropped with their events.
  ///
  /// - Throws: `key` if the dictionary has no pseudonyms, or those of another key; `conflict` if two users have one new
  ///   pseudonym.
  package func rekeyed(_ ids: [String], from old: Pseudonyms, to new: Pseudonyms) throws(DataError) -> Rekeyed {
    var names = [String?](repeating: nil, count: users.count)
    for id in ids {
      let position = try DataError.naming { () throws(NameError) in try users.position(of: id, old) }
      if let position { names[position] = id }
    }
    var dictionary = IDDictionary("users.dict", pseudonyms: new)
    var places = [Int?](repeating: nil, count: users.count)
    var numbers: [(old: UInt64, new: UInt64)] = []
    for (position, name) in names.enumerated() {
      guard let name else { continue }
      let place = try DataError.naming { () throws(NameError) in try dictionary.add(name, new) }
      places[position] = place
      numbers.append((users.ids[position], dictionary.ids[place]))
    }
    let kept = filter { places[Int(interactions.users[$0])] != nil }
    var moved = Interactions(userCount: dictionary.count, itemCount: items.count)
    for event in 0..<kept.interactions.count {
      guard let place = places[Int(kept.interactions.users[event])] else { continue }
      moved.append(
        user: place, item: Int(kept.interactions.items[event]), weight: kept.interactions.weights[event],
        time: kept.interactions.times[event])
    }
    let data = DataSet(
      moved, kinds: kept.kinds, values: kept.values, words: kept.words, searches: kept.searches, hasClock: hasClock,
      users: dictionary, items: items, itemTable: (catalogue.definitions, catalogue.columns),
      userTable: (userDefinitions, Self.scatter(userColumns, places, dictionary.count)))
    return Rekeyed(data: data, numbers: numbers, places: places)
  }
}
