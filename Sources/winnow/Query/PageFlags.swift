import Arguments
import Vocabulary
import WinnowClient

/// The flags of a search page: facets, another order, diversity, fair exposure, pages.
enum PageFlags {
  static let facets = Flag.repeated(
    "facet", .string,
    "Count the values of an attribute: brand, brand:20 for the 20 most frequent ones, price:0..50..100 for ranges between "
      + "edges, price:5 ranges for about as many items in each.", group: "Page", placeholder: "ATTRIBUTE[:WHAT]")
  static let ownFacets = Flag.list(
    "facet-own", .string, "Facets that leave out the filter's predicates on their own attribute.", group: "Page",
    placeholder: "ATTRIBUTE")
  static let total = Flag.switch("total", "Count the items that pass.", group: "Page")
  static let orderBy = Flag.list(
    "order-by", .string, "Sort by up to 3 attributes in place of the model; -price: the greatest first.", group: "Page",
    placeholder: "[-]ATTRIBUTE")
  static let page = Flag(
    "page", .string, "first: with a token for the next page; or the token of the page before.", group: "Page",
    placeholder: "first|TOKEN")
  static let diversity = Flag(
    "diversity", .double(0...1), "How much unlike items count beside their logit, 0 to 1.", group: "Page")
  static let diversityWindow = Flag(
    "diversity-window", .int(1...Int(Limits.diversityWindowMax)), "Candidates, from the first, that diversity places.",
    group: "Page", default: "200")
  static let alikeBy = Flag(
    "alike-by", .string, "Items with the same value are alike; by their vectors if left out.", group: "Page",
    placeholder: "ATTRIBUTE")
  static let exposure = Flag(
    "exposure", .string, "Shares of the exposure for groups of items, such as brand:acme=0.2,umbra=0.1.", group: "Page",
    placeholder: "ATTRIBUTE:GROUP=SHARE[,…]")
  static let exposureTest = Flag(
    "exposure-test", .double(0.000_001...0.5), "The significance of the test that every prefix of the list passes.",
    group: "Page", default: "0.1")
  static let exposureOverTime = Flag(
    "exposure-over-time", .double(0...1000),
    "Steer over many lists in place of each: what a list's exposure that is owed adds to a logit.", group: "Page")
  static let rules = Flag.switch("rules", "Let the rules of the collection act.", group: "Page", default: true)

  static let flags: [any Argument] = [
    facets, ownFacets, total, orderBy, page, diversity, diversityWindow, alikeBy, exposure, exposureTest,
    exposureOverTime, rules,
  ]

  /// What the flags say.
  static func wishes(_ session: Session) throws(Failure) -> PageWishes {
    var wishes = PageWishes()
    wishes.wantsTotal = session[Self.total]
    wishes.skipsRules = !session[Self.rules]
    for text in session[Self.orderBy] {
      let isDescending = text.hasPrefix("-")
      let name = String(text.dropFirst(isDescending ? 1 : 0))
      guard isName(name) else { throw session.usage(Self.orderBy, "takes names of attributes, not '\(text)'") }
      wishes.sort.append(.init(name, descends: isDescending))
    }
    guard wishes.sort.count <= Limits.sortKeysMax else {
      throw session.usage(Self.orderBy, "takes at most \(Limits.sortKeysMax) attributes")
    }
    let own = session[Self.ownFacets]
    for text in session[Self.facets] { wishes.facets.append(try facet(session, text)) }
    for name in own {
      guard let place = wishes.facets.firstIndex(where: { $0.attribute == name }) else {
        guard isName(name) else { throw session.usage(Self.ownFacets, "takes names of attributes, not '\(name)'") }
        wishes.facets.append(.init(name, ignoresOwn: true))
        continue
      }
      wishes.facets[place].ignoresOwn = true
    }
    if let text = session[Self.page] {
      wishes.wantsNext = true
      if text != "first" {
        guard let token = [UInt8](hexadecimal: text) else {
          throw session.usage(Self.page, "takes first, or the token that the page before has printed")
        }
        wishes.token = token
      }
    }
    if let lambda = session[Self.diversity] {
      wishes.diversity = .init(
        lambda: Float(lambda), window: session[Self.diversityWindow], attribute: session[Self.alikeBy])
    } else {
      try session.refuse([Self.diversityWindow, Self.alikeBy], "without --diversity")
    }
    if let text = session[Self.exposure] {
      wishes.exposure = try exposure(session, text)
    } else {
      try session.refuse([Self.exposureTest, Self.exposureOverTime], "without --exposure")
    }
    if !wishes.sort.isEmpty { try session.refuse([Self.diversity, Self.exposure], "on a list that is sorted") }
    return wishes
  }

  private static func facet(_ session: Session, _ text: String) throws(Failure) -> PageWishes.Facet {
    let (name, what) = text.split(at: ":") ?? (text, "")
    guard isName(name) else { throw session.usage(Self.facets, "takes the name of an attribute, not '\(text)'") }
    if what.isEmpty { return .init(name) }
    if let most = Int(what), (1...Int(Limits.facetValuesMax)).contains(most) { return .init(name, .values(most: most)) }
    if what.hasSuffix(" ranges"), let count = Int(what.dropLast(7)), (1...Int(Limits.facetRangesMax)).contains(count) {
      return .init(name, .ranges(count))
    }
    let parts = what.replacing("..", with: "\n").split(separator: "\n")
    let edges = parts.compactMap { Double($0) }
    guard edges.count == parts.count, edges.count >= 2, edges.allSatisfy(\.isFinite),
      zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 })
    else {
      throw session.usage(
        Self.facets,
        "takes ATTRIBUTE, ATTRIBUTE:N, ATTRIBUTE:N ranges or ATTRIBUTE:EDGE..EDGE… in ascending order; not '\(text)'")
    }
    return .init(name, .edges(edges))
  }

  private static func exposure(_ session: Session, _ text: String) throws(Failure) -> PageWishes.Exposure {
    guard let (name, rest) = text.split(at: ":"), isName(String(name)) else {
      throw session.usage(Self.exposure, "takes ATTRIBUTE:GROUP=SHARE[,GROUP=SHARE…], not '\(text)'")
    }
    var targets: [(group: String, share: Float)] = []
    for part in rest.split(separator: ",") {
      guard let (group, text) = String(part).namedValue, let share = Float(text), (0...1).contains(share) else {
        throw session.usage(Self.exposure, "takes GROUP=SHARE with shares from 0 to 1, not '\(part)'")
      }
      targets.append((group, share))
    }
    guard !targets.isEmpty, targets.reduce(0, { $0 + Double($1.share) }) <= 1.000_001 else {
      throw session.usage(Self.exposure, "needs shares that sum to at most 1")
    }
    guard let strength = session[Self.exposureOverTime] else {
      return .init(name, .perList(significance: Float(session[Self.exposureTest])), targets: targets)
    }
    return .init(name, .overTime(strength: Float(strength)), targets: targets)
  }
}

extension [UInt8] {
  /// The bytes of hexadecimal digits; `nil` for other text.
  fileprivate init?(hexadecimal text: String) {
    let digits = Array<UInt8>(text.utf8)
    guard !digits.isEmpty, digits.count % 2 == 0 else { return nil }
    self = []
    for place in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = UInt8(String(decoding: digits[place..<place + 2], as: UTF8.self), radix: 16), digits[place] != 43
      else { return nil }
      append(byte)
    }
  }
}
