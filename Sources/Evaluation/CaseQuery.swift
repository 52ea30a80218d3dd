package import DataSets
package import Vocabulary

/// One test case as a query: by ids, as a front end would ask it.
package struct CaseQuery: Sendable, Equatable {
  package let user: UserID
  /// The user's index in the log.
  package let userIndex: Int
  package let relevant: [ItemID]
  /// Items that must not be ranked: what the user is known to have had.
  package let excluded: [ItemID]
  /// The items to rank the relevant ones among; `nil`: the whole catalogue.
  package let others: [ItemID]?
  /// The negatives of the log loss where the whole catalogue is ranked.
  package let negatives: [ItemID]
  /// When it is asked, and what a front end says of that moment.
  package var eventContext = EventContext()
}

extension TestSet {
  /// Drawn for each relevant item where no others are listed; as many as a training run draws by default.
  private static let lossNegatives = 4

  /// A user's query when the test begins, without relevant items.
  func query(user: Int) -> CaseQuery {
    CaseQuery(
      user: userIDs[user], userIndex: user, relevant: [],
      excluded: options.keepsKnown ? [] : known[user].map { itemIDs[Int($0)] }, others: nil, negatives: [],
      eventContext: eventContexts[user])
  }

  /// The items of the history that the model knows of a user, the oldest first.
  package func givenItems(of user: Int) -> [ItemID] { given[user].map { itemIDs[Int($0)] } }

  /// A case as a query.
  package func query(_ index: Int) -> CaseQuery {
    let test = cases[index]
    let isListed = test.others != nil
    func ids(_ items: some Sequence<UInt32>) -> [ItemID] { items.map { itemIDs[Int($0)] } }
    return CaseQuery(
      user: userIDs[test.user], userIndex: test.user, relevant: ids(test.relevant),
      excluded: isListed || options.keepsKnown ? [] : ids(known[test.user]), others: test.others.map { ids($0) },
      negatives: isListed ? [] : ids(negatives(of: index, count: Self.lossNegatives * test.relevant.count)),
      eventContext: eventContexts[test.user])
  }
}
