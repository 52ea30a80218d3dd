package import Names
package import Vocabulary

/// A cleaned log over the numbers of its dictionaries, with what is known of items and users: what training reads.
///
/// A user's or item's index is its position in the dictionary.
package struct DataSet: Sendable {
  /// With the weights of the rules.
  package let interactions: Interactions
  /// The kind of each event, `[events]`.
  package let kinds: [EventKind]
  /// `[events]`.
  package let values: [Float]
  /// What is known of the moments of events besides their times, `[events]` each; a log that does not say it has no column.
  package let words: [EventWord: [ExactText?]]
  /// From which searches the events came, by their position.
  package let searches: Searches
  /// Whether times are milliseconds since 1970, and not only an order.
  package let hasClock: Bool
  package let users: IDDictionary
  package let items: IDDictionary
  /// All items of the dictionary with their attributes.
  package let catalogue: AttributeColumns
  /// Attributes of users, `[users]` a column.
  package let userDefinitions: [AttributeDefinition]
  package let userColumns: [[AttributeValue?]]

  /// Joins what was read. New users and items are added to the dictionaries: first those of the events that stay, in
  /// their order, then items that only the file of items has. Rows of users without an event are left out.
  ///
  /// - Throws: `conflict` if two users have one pseudonym; a key that is not the dictionary's.
  package init(
    _ log: EventLog, _ cleaning: Cleaning, items itemTable: EntityTable? = nil, users userTable: EntityTable? = nil,
    userDictionary: IDDictionary = IDDictionary("users.dict"),
    itemDictionary: IDDictionary = IDDictionary("items.dict"), pseudonyms: Pseudonyms? = nil
  ) throws(DataError) {
    var (users, items) = (userDictionary, itemDictionary)
    var positionOfUser = [Int?](repeating: nil, count: log.userNames.count)
    var positionOfItem = [Int?](repeating: nil, count: log.itemNames.count)
    var interactions = Interactions()
    var kinds: [EventKind] = []
    var values: [Float] = []
    var words: [EventWord: [ExactText?]] = [:]
    var searches = Searches()
    for (event, weight) in zip(cleaning.kept, cleaning.weights) {
      let (userNumber, itemNumber) = (Int(log.users[event]), Int(log.items[event]))
      if positionOfUser[userNumber] == nil {
        positionOfUser[userNumber] = try DataError.naming { () throws(NameError) in
          try users.add(log.userNames.names[userNumber], pseudonyms)
        }
      }
      if positionOfItem[itemNumber] == nil {
        positionOfItem[itemNumber] = try DataError.naming { () throws(NameError) in
          try items.add(log.itemNames.names[itemNumber])
        }
      }
      guard let user = positionOfUser[userNumber], let item = positionOfItem[itemNumber] else { continue }
      interactions.append(user: user, item: item, weight: weight, time: log.times[event])
      kinds.append(log.kinds[event])
      values.append(log.values[event])
      for (word, column) in log.words { words[word, default: []].append(column[event]) }
      searches.set(kinds.count - 1, query: log.searches.text(of: event), place: log.searches.place(of: event))
    }
    var itemRows: [Int] = []
    var userRows: [Int?] = []
    do throws(NameError) {
      for name in itemTable?.ids ?? [] { itemRows.append(try items.add(name)) }
      for name in userTable?.ids ?? [] { userRows.append(try users.position(of: name, pseudonyms)) }
    } catch {
      throw DataError(error)
    }
    self.init(
      interactions, kinds: kinds, values: values, words: words, searches: searches, hasClock: log.hasClock,
      users: users, items: items,
      itemTable: (itemTable?.definitions ?? [], Self.scatter(itemTable?.columns ?? [], itemRows, items.count)),
      userTable: (userTable?.definitions ?? [], Self.scatter(userTable?.columns ?? [], userRows, users.count)))
  }

  typealias Attributes = (definitions: [AttributeDefinition], columns: [[AttributeValue?]])

  init(
    _ interactions: Interactions, kinds: [EventKind], values: [Float], words: [EventWord: [ExactText?]] = [:],
    searches: Searches = Searches(), hasClock: Bool, users: IDDictionary, items: IDDictionary, itemTable: Attributes,
    userTable: Attributes
  ) {
    // The log may not mention the last users and items.
    var whole = Interactions(userCount: users.count, itemCount: items.count)
    for event in 0..<interactions.count {
      whole.append(
        user: Int(interactions.users[event]), item: Int(interactions.items[event]),
        weight: interactions.weights[event], time: interactions.times[event])
    }
    self.interactions = whole
    self.kinds = kinds
    self.values = values
    self.words = words
    self.searches = searches
    self.hasClock = hasClock
    self.users = users
    self.items = items
    catalogue = AttributeColumns(
      ids: items.ids.map { ItemID($0) }, definitions: itemTable.definitions, columns: itemTable.columns)
    userDefinitions = userTable.definitions
    userColumns = userTable.columns
  }

  /// The same without some events; users and items stay.
  package func filter(_ isKept: (Int) -> Bool) -> DataSet {
    let events = (0..<interactions.count).filter(isKept)
    return DataSet(
      interactions.filter(isKept), kinds: events.map { kinds[$0] }, values: events.map { values[$0] },
      words: words.mapValues { column in events.map { column[$0] } }, searches: searches.choosing(events),
      hasClock: hasClock, users: users, items: items,
      itemTable: (catalogue.definitions, catalogue.columns),
      userTable: (userDefinitions, userColumns))
  }

  /// The same with other attributes of its items, such as those of a plan: what a model directory has.
  package func with(_ catalogue: AttributeColumns) -> DataSet {
    precondition(catalogue.ids == self.catalogue.ids, "the same items")
    return DataSet(
      interactions, kinds: kinds, values: values, words: words, searches: searches, hasClock: hasClock, users: users,
      items: items, itemTable: (catalogue.definitions, catalogue.columns), userTable: (userDefinitions, userColumns))
  }

  /// The same log over another dictionary of items, with what is known of those.
  ///
  /// - Parameter places: Of each item its place in the other dictionary; one for each item of the log.
  package func over(_ other: IDDictionary, _ catalogue: AttributeColumns, places: [UInt32?]) -> DataSet {
    var moved = Interactions(userCount: interactions.userCount, itemCount: other.count)
    for event in 0..<interactions.count {
      guard let place = places[Int(interactions.items[event])] else { preconditionFailure("an item without a place") }
      moved.append(
        user: Int(interactions.users[event]), item: Int(place), weight: interactions.weights[event],
        time: interactions.times[event])
    }
    return DataSet(
      moved, kinds: kinds, values: values, words: words, searches: searches, hasClock: hasClock, users: users,
      items: other, itemTable: (catalogue.definitions, catalogue.columns), userTable: (userDefinitions, userColumns))
  }

  /// Columns by row put into columns by position.
  static func scatter(_ columns: [[AttributeValue?]], _ positions: [Int?], _ count: Int) -> [[AttributeValue?]] {
    columns.map { column in
      var scattered = [AttributeValue?](repeating: nil, count: count)
      for (value, position) in zip(column, positions) { if let position { scattered[position] = value } }
      return scattered
    }
  }
}
