import Vocabulary

/// What happened in a synthetic shop over eight weeks, as a shop's own log has it: tastes, habits of the hour and of the
/// device, and what no taste explains, which is popularity, places on a page, programs, repeats and broken lines.
struct ShopLog {
  /// Monday, 2025-01-06 in UTC, in seconds since 1970.
  static let start = 1_736_121_600
  private static let days = 56

  private struct Line {
    let time: Int
    let bytes: [UInt8]
  }

  private var random: SplitMix64
  /// What shoppers type; `nil`: the log does not say it.
  private var searches: ShopSearches?
  private var lines: [Line] = []

  /// Lets every shopper shop.
  ///
  /// - Parameters:
  ///   - items: Item i has the id i + 1.
  ///   - shoppers: In the order of their ids.
  ///   - hasSearches: Whether the log says what shoppers had searched for.
  init(items: [ShopItem], shoppers: [Shopper], seed: UInt64, hasSearches: Bool) {
    random = SplitMix64(seed: seed)
    searches = hasSearches ? ShopSearches(seed: seed) : nil
    // The shelves of the categories, the most seen item first.
    let shelves = ShopCatalogue.categories.indices.map { category in
      items.indices.filter { items[$0].category == category }
    }
    for shopper in shoppers {
      // Few come often.
      for _ in 0..<10 + random.below(8) * random.below(8) { visit(shopper, items, shelves) }
    }
    for program in 1...1 + shoppers.count / 1000 { crawl(shoppers.count + program, items.count) }
  }

  /// `events.tsv`, in the order of time.
  var table: [UInt8] {
    let order = lines.indices.sorted { (lines[$0].time, $0) < (lines[$1].time, $1) }
    let more = searches == nil ? "" : "\tquery\tplace"
    return Array("time\tuser\titem\tevent\tdevice\(more)\n".utf8) + order.flatMap { lines[$0].bytes }
  }

  /// A shopper looks through a page of a category and goes as far as what they find makes them go.
  private mutating func visit(_ shopper: Shopper, _ items: [ShopItem], _ shelves: [[Int]]) {
    var day = random.below(Self.days)
    // Weekends are busier.
    if day % 7 < 5, random.below(4) == 0 { day = day / 7 * 7 + 5 + random.below(2) }
    let hour = 7 + max(random.below(16), random.below(16))
    let onPhone = random.below(10) < (hour < 17 ? 4 : 7)
    var time = Self.start + day * 86_400 + hour * 3600 + random.below(3600)
    let shelf = shelves[category(shopper, hour: hour)]
    guard !shelf.isEmpty else { return }
    searches?.begin()
    for place in 0..<40 {
      if random.below(24) == 0 { return }
      let depth = Double(random.below(1 << 20)) * 0x1p-20
      let item = shelf[Int(Double(shelf.count) * depth * depth * depth)]
      time += 2 + random.below(20)
      // Every shopper looks at the first places.
      let interest = shopper.liking(of: items[item]) + (place < 3 ? 0.25 : 0)
      guard happens(0.05 + 0.3 * interest) else { continue }
      let query = searches?.query(for: items[item])
      let search = query.map { "\t\($0)\t\($0.isEmpty ? 0 : place + 1)" } ?? ""
      log(time, shopper.number, item + 1, .view, onPhone, search)
      guard happens(0.2 + 0.3 * interest) else { continue }
      time += 3 + random.below(40)
      log(time, shopper.number, item + 1, .click, onPhone, search)
      // On a phone people buy large things less easily.
      let ease: Float = onPhone && items[item].cents > 20_000 ? 0.5 : 1
      guard happens((0.1 + 0.3 * interest) * ease) else { continue }
      time += 5 + random.below(60)
      log(time, shopper.number, item + 1, .cart, onPhone, search)
      guard items[item].isInStock, random.below(2) == 0 else { continue }
      time += 20 + random.below(200)
      log(time, shopper.number, item + 1, .purchase, onPhone, search)
    }
  }

  /// Mostly one of the shopper's own, the first of them most often; in the evening also things for the sofa.
  private mutating func category(_ shopper: Shopper, hour: Int) -> Int {
    let all = ShopCatalogue.categories.indices
    if hour >= 17, random.below(5) == 0 {
      let cosy = all.filter { ShopCatalogue.categories[$0].isCosy }
      return cosy[random.below(cosy.count)]
    }
    if random.below(6) == 0 { return random.below(all.count) }
    return shopper.categories[[0, 0, 0, 1, 1, 2][random.below(6)]]
  }

  /// Something that goes through the shop like a clock, which no person does.
  private mutating func crawl(_ number: Int, _ itemCount: Int) {
    let first = Self.start + random.below(Self.days) * 86_400
    let offset = random.below(itemCount)
    let search = searches == nil ? "" : "\t\t0"
    for step in 0..<1200 { log(first + 2 * step, number, 1 + (offset + step) % itemCount, .view, false, search) }
  }

  private mutating func happens(_ probability: Float) -> Bool {
    Float(random.below(1 << 20)) * 0x1p-20 < max(0.02, min(0.9, probability))
  }

  /// Writes an event as imperfectly as logs are written.
  ///
  /// - Parameter search: The columns behind the device.
  private mutating func log(
    _ time: Int, _ user: Int, _ item: Int, _ kind: EventKind, _ onPhone: Bool, _ search: String
  ) {
    let device = (onPhone ? "phone" : "desktop") + search
    var text = Array("\(time)\t\(user)\t\(item)\t\(kind.word)\t\(device)\n".utf8)
    switch random.below(2000) {
    case 0: text = Array("\(time)\t\(user)\t\(item)\t\(kind.word)\n".utf8)
    case 1: text = Array("\(time)\t\t\(item)\t\(kind.word)\t\(device)\n".utf8)
    case 2: text = Array("\(time)\t\(user)\t\(item)\t404\t\(device)\n".utf8)
    case 3: text = Array("soon\t\(user)\t\(item)\t\(kind.word)\t\(device)\n".utf8)
    case 4: text = Array("\(time)\t\(user)\t".utf8) + [0xFF] + Array("\t\(kind.word)\t\(device)\n".utf8)
    case 5: text = Array("0\t\(user)\t\(item)\t\(kind.word)\t\(device)\n".utf8)
    // Sent twice.
    case 6..<14: lines.append(Line(time: time, bytes: text))
    default: break
    }
    lines.append(Line(time: time, bytes: text))
  }
}
