import DataSets
import Foundation
import Learning
import Privacy
import Towers

/// A log in the order of time without the last item of each user, which a private model has to find.
struct HeldOutItems {
  private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../shared/data/ml-1m-full/ratings.tsv.gz").standardizedFileURL

  let log: PrivateLog
  /// Of each user the item that was held out.
  private let heldOut: [UInt32]
  private let known: [[UInt32]]
  let count: Int
  /// What kinds of film each is; empty for other items.
  private(set) var genres: [[String]] = []

  var ids: [UInt64] { (0..<UInt64(count)).map { $0 } }

  /// Items, those that the most users had first.
  var byCount: [UInt32] {
    var counts = [Int](repeating: 0, count: count)
    for history in log.histories { for item in history { counts[Int(item)] += 1 } }
    return (0..<UInt32(count)).sorted { (counts[Int($1)], $0) < (counts[Int($0)], $1) }
  }

  /// The ratings of MovieLens 1M, where they lie beside the checkout.
  static func films() throws -> HeldOutItems? {
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    var ratings: [Int: [(time: Int, film: Int)]] = [:]
    for line in try MovieLens.lines(of: file) {
      let fields = line.split(separator: "\t").compactMap { Int($0) }
      guard fields.count == 4 else { continue }
      ratings[fields[0], default: []].append((fields[3], fields[1]))
    }
    let films = Set(ratings.values.flatMap { $0.map(\.film) }).sorted()
    let numbers = Dictionary(uniqueKeysWithValues: films.enumerated().map { ($1, UInt32($0)) })
    let histories = ratings.sorted { $0.key < $1.key }.map { _, events in
      events.sorted { ($0.time, $0.film) < ($1.time, $1.film) }.compactMap { numbers[$0.film] }
    }
    let titles = file.deletingLastPathComponent().appendingPathComponent("movies.tsv")
    var genres = [[String]](repeating: [], count: films.count)
    for line in try String(contentsOf: titles, encoding: .utf8).split(separator: "\n") {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard fields.count == 3, let film = Int(fields[0]), let number = numbers[film] else { continue }
      genres[Int(number)] = fields[2].split(separator: "|").map(String.init)
    }
    var items = HeldOutItems(histories, count: films.count)
    items.genres = genres
    return items
  }

  /// The reviews of Amazon's beauty articles, where they lie beside the checkout: a sparse shop.
  static func beauty() throws -> HeldOutItems? {
    guard let log = try Beauty()?.log else { return nil }
    let all = Histories(log)
    return HeldOutItems((0..<log.userCount).map { Array(all[$0]) }, count: log.itemCount)
  }

  private init(_ histories: [[UInt32]], count: Int) {
    self.count = count
    heldOut = histories.map { $0[$0.count - 1] }
    known = histories.map { Array($0.dropLast()) }
    let most = NeighbourSettings().eventsMax
    log = PrivateLog(itemCount: count, histories: known.map { Array($0.suffix(most)) })
  }

  /// The users whose numbers are chosen.
  func part(_ isIn: (Int) -> Bool) -> HeldOutItems {
    HeldOutItems(known.indices.filter(isIn).map { known[$0] + [heldOut[$0]] }, count: count)
  }

  /// The place of each held-out item among all that its user has not had, from 0.
  func places(_ release: NeighbourRelease) -> [Int] {
    let table = release.table(ids: ids, NeighbourSettings())
    let popularity = release.popularity
    var scores = popularity
    return known.indices.map { user in
      let found = table.scores(known[user].map { UInt64($0) }, .init())
      for (item, score) in found { scores[Int(item)] += score }
      let target = scores[Int(heldOut[user])]
      var place = -1
      for item in scores.indices where scores[item] >= target { place += 1 }
      for item in known[user] where scores[Int(item)] >= target { place -= 1 }
      for item in found.keys { scores[Int(item)] = popularity[Int(item)] }
      return place
    }
  }

  /// The same after a network has ordered the first 200 again.
  func places(_ release: NeighbourRelease, _ fit: PrivateNetworkFit) -> [Int] {
    zip(places(release), known.indices).map { place, user in
      let best = fit.inputs.best(known[user], 200)
      guard let target = best.first(where: { $0.item == heldOut[user] }) else { return max(place, best.count) }
      let logit = fit.network.logit(fit.inputs.row(target))
      return best.count { $0 != target && fit.network.logit(fit.inputs.row($0)) >= logit }
    }
  }

  static func figures(_ places: [Int]) -> (hits: Double, ndcg: Double) {
    let count = Double(places.count)
    return (
      Double(places.count { $0 < 10 }) / count,
      places.reduce(0.0) { $0 + ($1 < 10 ? 1 / log2(Double($1) + 2) : 0) } / count
    )
  }
}
