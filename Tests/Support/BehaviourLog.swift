/// A small shop's log with everything that features are made of, as the files of an import: events, items, users.
///
/// Shoppers have a category, a brand and a price level of their own, and come back for days.
package struct BehaviourLog: Sendable {
  /// CSV with a header, times in seconds.
  package private(set) var events = "user,item,event,value,device,query_category,time\n"
  /// JSON Lines.
  package private(set) var items = ""
  /// JSON Lines.
  package private(set) var users = ""

  private static let categories = ["shoes", "hats", "Zelte für zwei", "tents"]
  private static let brands = ["acme", "zenith", "orbit"]
  private static let kinds = ["view", "click", "click", "cart", "purchase"]
  private static let start = 1_500_000_000

  /// - Parameter hasTimes: Whether the log says when things happened.
  package init(
    userCount: Int = 24, itemCount: Int = 40, eventsPerUser: Int = 9, seed: UInt64 = 1, hasTimes: Bool = true
  ) {
    if !hasTimes { events = "user,item,event,value,device,query_category\n" }
    var random = SeededRandom(seed: seed)
    for item in 0..<itemCount {
      var fields = ["\"id\":\"i\(item)\"", "\"category\":\"\(Self.categories[item % 4])\""]
      fields.append("\"title\":\"Thing \(item)\"")
      if item % 7 != 3 { fields.append("\"brand\":\"\(Self.brands[item % 3])\"") }
      if item % 9 != 5 { fields.append("\"price\":\(Double(5 + item % 4 * 40 + Int(random.next() % 30)) + 0.5)") }
      if item % 5 != 2 { fields.append("\"unread\":\(item % 2 == 0)") }
      fields.append("\"tags\":[\(["", "\"new\"", "\"new\",\"red\"", "\"red\"", "\"rare\(item)\""][item % 5])]")
      items += "{\(fields.joined(separator: ","))}\n"
    }
    for user in 0..<userCount {
      users += "{\"id\":\"u\(user)\",\"age\":\(20 + user % 13),\"segment\":\"\(["new", "old", "gone"][user % 3])\"}\n"
      var time = Self.start + Int(random.next() % 500_000)
      for _ in 0..<eventsPerUser {
        time += Int(random.next() % 90_000)
        let own = random.next() % 4 > 0
        let item =
          own ? Int(random.next() % UInt64(itemCount / 4)) * 4 + user % 4 : Int(random.next() % UInt64(itemCount))
        let kind = Self.kinds[Int(random.next() % 5)]
        let device = ["phone", "desk", "phone", ""][Int(random.next() % 4)]
        let searched = random.next() % 3 == 0 ? "" : Self.categories[item % 4]
        events += "u\(user),i\(item),\(kind),1,\(device),\(searched)\(hasTimes ? ",\(time)" : "")\n"
      }
    }
  }
}
