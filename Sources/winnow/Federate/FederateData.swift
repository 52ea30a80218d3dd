import DataSets
import Privacy
import Storage

/// A silo's log over the list of items of an offer.
struct FederateData {
  let items: PublicItems
  let data: DataSet
  let places: [UInt32?]
  let log: PrivateLog

  /// - Throws: If the list is another one than the offer's, or the log has items that it has not; if δ is above 1/n.
  init(_ itemsPath: String, _ directory: String, _ offer: FederationOffer) throws(Failure) {
    items = try NeighbourFlags.publicItems(itemsPath)
    do throws(DataError) { data = try DataSet.read(directory, on: RealDisk()).data } catch { throw Failure(error) }
    let (items, data) = (items, data)
    places = try Failure.wrap { () throws(PrivacyError) in
      try offer.check(items)
      let terms = try PrivacyTerms(epsilon: offer.epsilon, delta: offer.delta)
      try terms.check(users: Set(data.interactions.users).count)
      return try items.places(data)
    }
    log = PrivateLog(data, places: places, itemCount: items.count, eventsMax: offer.settings.eventsMax)
  }
}
