import Vocabulary

/// Which columns of a file mean what.
package struct ColumnChoice: Sendable, Equatable {
  /// What a column can mean in a log of events.
  package enum Role: String, Sendable, CaseIterable {
    case user, item, event, value, time, device
    case queryCategory = "query_category"

    /// Names of headers that are understood without being told.
    var names: [String] {
      switch self {
      case .user:
        [
          "user", "user_id", "userid", "uid", "customer", "customer_id", "customerid", "visitor_id", "visitorid",
          "shopper", "shopper_id", "session_id", "household_id", "reviewerid",
        ]
      case .item:
        [
          "item", "item_id", "itemid", "product", "product_id", "productid", "movie_id", "movieid", "asin", "sku",
          "parent_asin", "article_id",
        ]
      case .event: ["event", "event_type", "type", "action", "behavior", "behaviour"]
      case .value: ["value", "rating", "score", "quantity", "stars", "overall"]
      case .time:
        [
          "time", "timestamp", "time_ms", "timestamp_ms", "date", "datetime", "event_time", "ts", "unixreviewtime",
          "transaction_timestamp", "invoice_time", "created_at",
        ]
      case .device: ["device", "device_type"]
      case .queryCategory: ["query_category", "search_category"]
      }
    }
  }

  /// The columns of a file without a header, in their order; `nil` if the file has one.
  package let positions: [String]?
  /// Columns of the header by what they mean.
  package let named: [Role: String]

  /// The header's own words.
  package static let automatic = ColumnChoice(positions: nil, named: [:])

  private init(positions: [String]?, named: [Role: String]) {
    self.positions = positions
    self.named = named
  }

  /// Reads `user,item,-,time` (a file without a header; `-` is no matter) or `user=customer,time=at` (columns of a header).
  ///
  /// - Throws: What is wrong, in words.
  package init(_ parts: [String]) throws(ChoiceError) {
    var named: [Role: String] = [:]
    for part in parts where part.contains("=") {
      let sides = part.split(separator: "=", maxSplits: 1).map { String($0).trimmingSpaces() }
      guard sides.count == 2, let role = Role(rawValue: sides[0]), named.updateValue(sides[1], forKey: role) == nil
      else {
        let roles = Role.allCases.map { "\($0.rawValue)=" }.joined(separator: ", ")
        throw ChoiceError("'\(part)' is none of \(roles) with a column of the header")
      }
    }
    guard named.isEmpty || named.count == parts.count else {
      throw ChoiceError("either names all columns in their order, or gives columns of the header as user=NAME")
    }
    guard named.isEmpty else {
      self.init(positions: nil, named: named)
      return
    }
    for role in [Role.user, .item] where parts.count(where: { $0 == role.rawValue }) != 1 {
      throw ChoiceError("names no column \(role.rawValue), or two")
    }
    if let stranger = parts.first(where: { $0 != "-" && Role(rawValue: $0) == nil }) {
      let roles = Role.allCases.map(\.rawValue).joined(separator: ", ")
      throw ChoiceError("'\(stranger)' is none of \(roles) and -")
    }
    self.init(positions: parts, named: [:])
  }

  /// What is wrong with a choice.
  package struct ChoiceError: Error, Equatable {
    /// For people.
    package let message: String

    init(_ message: String) { self.message = message }
  }

  /// The column of a role among the names of a file; `nil` if there is none.
  ///
  /// - Throws: If two columns may be meant, or the one that was asked for is not there.
  func column(_ role: Role, of columns: [String], isComplete: Bool, file: String) throws(DataError) -> Int? {
    if positions != nil { return columns.firstIndex(of: role.rawValue) }
    if let name = named[role] {
      if let column = columns.firstIndex(exactly: name) { return column }
      if !isComplete { return nil }
      throw DataError(
        file, line: 1, field: role.rawValue, .column, "the header has no column '\(name)'",
        advice: "its columns are: \(columns.joined(separator: ", "))")
    }
    let candidates = columns.indices.filter { role.names.contains(columns[$0].lowercased()) }
    // The plain word is meant before any other.
    if let plain = candidates.first(where: { columns[$0].lowercased() == role.rawValue }) { return plain }
    guard candidates.count <= 1 else {
      throw DataError(
        file, line: 1, field: role.rawValue, .column,
        "columns \(candidates.map { "'\(columns[$0])'" }.joined(separator: " and ")) may both be meant",
        advice: "choose one: --columns user=…,item=…,\(role.rawValue)=NAME")
    }
    return candidates.first
  }
}
