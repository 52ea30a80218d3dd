import Vocabulary

/// Which columns of a file mean what.
package struct ColumnChoice: Sendable, Equatable {
  /// The role of a column in a log of events.
  package enum Role: String, Sendable, CaseIterable {
    case user, item, event, value, time, device
    case queryCategory = "query_category"
    case query, place

    /// Names of headers that are understood without being told, in the form of `plain`.
    var names: [String] {
      switch self {
      case .user:
        [
          "user", "userid", "uid", "customer", "customerid", "visitor", "visitorid", "shopper", "shopperid",
          "sessionid", "householdid", "householdkey", "reviewerid", "buyerid", "memberid", "clientid",
        ]
      case .item:
        [
          "item", "itemid", "product", "productid", "movie", "movieid", "asin", "parentasin", "sku", "article",
          "articleid", "stockcode", "bookid", "isbn", "gameid",
        ]
      case .event: ["event", "eventtype", "type", "action", "behavior", "behaviour", "behaviortype", "behaviourtype"]
      case .value: ["value", "rating", "score", "quantity", "qty", "stars", "overall"]
      case .time:
        [
          "time", "timestamp", "timems", "timestampms", "date", "datetime", "eventtime", "ts", "unixreviewtime",
          "transactiontimestamp", "transactiondate", "invoicetime", "invoicedate", "orderdate", "createdat",
        ]
      case .device: ["device", "devicetype"]
      case .queryCategory: ["querycategory", "searchcategory"]
      case .query: ["query", "searchquery", "searchterm", "searchtext"]
      case .place: ["place", "searchplace"]
      }
    }
  }

  /// A column's name without what people write differently: case, blanks, hyphens, underscores.
  static func plain(_ name: String) -> String {
    String(decoding: name.lowercased().utf8.filter { ![0x20, 0x2D, 0x5F].contains($0) }, as: UTF8.self)
  }

  /// Whether a column has a usual name of a role, in any case, with or without blanks, hyphens and underscores.
  package static func isUsual(_ column: String, for role: Role) -> Bool { role.names.contains(plain(column)) }

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
    for part in parts where part.utf8.contains(UInt8(ascii: "=")) {
      guard let (word, column) = part.split(at: "="), let role = Role(rawValue: word.trimmingSpaces()),
        named.updateValue(column.trimmingSpaces(), forKey: role) == nil
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

  /// A fault of a choice.
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
    let names = columns.map(Self.plain)
    let candidates = columns.indices.filter { role.names.contains(names[$0]) }
    // The plain word is meant before any other.
    let plainest = candidates.filter { names[$0] == Self.plain(role.rawValue) }
    let meant = plainest.isEmpty ? candidates : plainest
    guard meant.count <= 1 else {
      throw DataError(
        file, line: 1, field: role.rawValue, .column,
        "columns \(meant.map { "'\(columns[$0])'" }.joined(separator: " and ")) may both be meant",
        advice: "choose one: --columns \(role.rawValue)=NAME")
    }
    return meant.first
  }
}
