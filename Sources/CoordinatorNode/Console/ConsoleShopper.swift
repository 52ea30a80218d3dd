import JSON
import Ranking
import Vocabulary
import Wire

/// A request of the console about a shopper: for the history, or that something was done with an item.
struct ConsoleShopper: Decodable, Sendable {
  var collection: String
  let user: UInt64
  /// What was done; `nil`: the history is asked for.
  let event: ShopperEvent?

  /// Reads a request for a history.
  ///
  /// - Throws: An error of the file `request` that names the field.
  static func history(json: [UInt8]) throws(ModelError) -> ConsoleShopper {
    try StrictJSON.decode(ConsoleShopper.self, from: json, of: .request)
  }

  /// Reads an event: one with an item, when the coordinator has it.
  ///
  /// - Throws: the same.
  static func event(json: [UInt8]) throws(ModelError) -> ConsoleShopper {
    let shopper = try history(json: json)
    guard shopper.event != nil else { throw ModelError(.request, "kind", .missing, "say what was done") }
    return shopper
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case collection, user, kind, item, place, request
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.strictContainer(CodingKeys.self)
    collection = try container.contains(.collection) ? container.name(.collection) : ""
    user = try container.decode(ConsoleQuery.Number.self, forKey: .user).value
    guard container.contains(.kind) else {
      event = nil
      return
    }
    let word = try container.decode(String.self, forKey: .kind)
    guard let kind = ShopperAction(word: word), kind != .search else {
      let known = ShopperAction.allCases.filter { $0 != .search }.map(\.word).joined(separator: ", ")
      throw FieldError([CodingKeys.kind], .outOfRange, "one of \(known)")
    }
    var event = ShopperEvent(kind, item: try container.decode(ConsoleQuery.Number.self, forKey: .item).value, time: 0)
    event.place = UInt16(try container.integer(.place, in: 0...Int(UInt16.max), default: 0))
    let request = try container.decodeIfPresent(String.self, forKey: .request) ?? "0"
    guard let id = UInt64(request, radix: 16), request.utf8.count <= 16 else {
      throw FieldError([CodingKeys.request], .outOfRange, "up to 16 hexadecimal digits")
    }
    event.request = id
    self.event = event
  }
}
