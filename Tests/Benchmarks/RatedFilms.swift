import Foundation
import Privacy
import Towers

/// The ratings of MovieLens 1M in the order of time, where somebody has put them, without the last of each user.
struct RatedFilms {
  private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../shared/data/ml-1m-full/ratings.tsv.gz").standardizedFileURL

  let log: PrivateLog
  /// Of each user the film that was held out.
  private let heldOut: [UInt32]
  private let known: [[UInt32]]
  let count: Int

  var ids: [UInt64] { (0..<UInt64(count)).map { $0 } }

  /// Films, those that the most users rated first.
  var byCount: [UInt32] {
    var counts = [Int](repeating: 0, count: count)
    for history in log.histories { for item in history { counts[Int(item)] += 1 } }
    return (0..<UInt32(count)).sorted { (counts[Int($1)], $0) < (counts[Int($0)], $1) }
  }

  init?() throws {
    guard FileManager.default.fileExists(atPath: Self.file.path) else { return nil }
    var ratings: [Int: [(time: Int, film: Int)]] = [:]
    for line in try MovieLens.lines(of: Self.file) {
      let fields = line.split(separator: "\t").compactMap { Int($0) }
      guard fields.count == 4 else { continue }
      ratings[fields[0], default: []].append((fields[3], fields[1]))
    }
    let films = Set(ratings.values.flatMap { $0.map(\.film) }).sorted()
    let numbers = Dictionary(uniqueKeysWithValues: films.enumerated().map { ($1, UInt32($0)) })
    let histories = ratings.sorted { $0.key < $1.key }.map { _, events in
      events.sorted { ($0.time, $0.film) < ($1.time, $1.film) }.compactMap { numbers[$0.film] }
    }
    self.init(histories, count: films.count)
  }

  private init(_ histories: [[UInt32]], count: Int) {
    self.count = count
    heldOut = histories.map { $0[$0.count - 1] }
    known = histories.map { Array($0.dropLast()) }
    let most = NeighbourSettings().eventsMax
    log = PrivateLog(itemCount: count, histories: known.map { Array($0.suffix(most)) })
  }

  /// The users whose numbers are chosen.
  func part(_ isIn: (Int) -> Bool) -> RatedFilms {
    RatedFilms(known.indices.filter(isIn).map { known[$0] + [heldOut[$0]] }, count: count)
  }

  /// The place of each held-out film among all that its user has not rated, from 0.
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

  static func figures(_ places: [Int]) -> (hits: Double, ndcg: Double) {
    let count = Double(places.count)
    return (
      Double(places.count { $0 < 10 }) / count,
      places.reduce(0.0) { $0 + ($1 < 10 ? 1 / log2(Double($1) + 2) : 0) } / count
    )
  }
}
