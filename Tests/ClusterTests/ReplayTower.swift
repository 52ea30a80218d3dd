import DataSets
import Kernels
import Ranking
import Support
import Testing
import Towers
import Vocabulary
import Wire

@testable import Learning

/// A tower over the items of a replay shop, and the trainer's way to its query vectors.
struct ReplayTower {
  /// Least squares, and every encoder of histories.
  static let shapes: [TowerShape?] =
    [nil]
    + TowerShape.Encoder.allCases.flatMap { encoder in
      [false, true].compactMap { isMixed in
        isMixed && encoder == .sum
          ? nil : TowerShape(dimension: 6, encoder: encoder, isMixed: isMixed, decay: 0.625, length: 5)
      }
    }

  let tower: Tower
  private let parameters: TowerParameters?
  /// Of each user what the model has learned from, by rows of items.
  private let histories: [[(row: Int, weight: Float)]]

  /// Makes the tower that a shape names, and gives the users of the shop their vectors by it.
  init(_ shape: TowerShape?, _ shop: inout ReplayShop) {
    let places = Dictionary(uniqueKeysWithValues: shop.model.itemIDs.enumerated().map { ($1.rawValue, $0) })
    histories = shop.known.histories.map { $0.map { (places[$0.item] ?? 0, $0.weight) } }
    let (weights, cut) = (shop.known.weights, shop.known.cut)
    if let shape {
      let parameters = TowerParameters(shape, seed: 3)
      parameters.matrices[0].setRow(0, [0.5, -0.25, 0.125, 0, -1, 0.75])
      self.parameters = parameters
      tower = .history(parameters, weights: weights, cut: cut)
      for (user, history) in histories.enumerated() where !history.isEmpty {
        let window = shape.encoder == .sum ? history[...] : history.suffix(shape.length)
        shop.model.queries.setRow(user, query(parameters, window.map { (Self.vector($0.row, shop), $0.weight) }))
      }
    } else {
      let fold = ALSFold(
        items: shop.tower.items, alpha: shop.options.unobservedWeight, lambda: shop.options.regularisation, length: 50)
      parameters = nil
      tower = .als(fold, weights: weights, cut: cut)
    }
    shop.model.tower = tower
  }

  private static func vector(_ row: Int, _ shop: ReplayShop) -> [Float] { shop.model.embeddings.row(row) }

  /// The trainer's path over a window of events, the last row.
  private func query(_ parameters: TowerParameters, _ events: [(vector: [Float], weight: Float)]) -> [Float] {
    let pass = EncoderPass(parameters.shape, rowCapacity: events.count)
    for (row, event) in events.enumerated() { pass.events.setRow(row, event.vector) }
    pass.forward(parameters, EncoderWindows(lengths: [events.count], weights: events.map(\.weight)))
    return pass.queries.row(events.count - 1)
  }

  /// The query vector that training would give after later events.
  ///
  /// - Parameter user: `nil`: a stranger.
  func query(of user: Int?, _ shop: ReplayShop, later: [(row: Int, weight: Float)]) -> [Float] {
    let events = later.map { (vector: Self.vector($0.row, shop), weight: $0.weight) }
    let stored = user.map { histories[$0] } ?? []
    if let parameters {
      if parameters.shape.encoder == .sum {
        let sum = user.map { user in
          zip(shop.model.queries.row(user), parameters.matrices[0].row(0)).map { $0 - $1 }
        }
        return query(parameters, (sum.map { [($0, Float(1))] } ?? []) + events)
      }
      let known = stored.map { (vector: Self.vector($0.row, shop), weight: $0.weight) }
      return query(parameters, (known + events).suffix(parameters.shape.length))
    }
    guard let user else {
      var log = Interactions(userCount: 1, itemCount: shop.model.itemIDs.count)
      for (place, event) in later.enumerated() {
        log.append(user: 0, item: event.row, weight: event.weight, time: Int64(place))
      }
      return shop.tower.foldIn(log).row(0)
    }
    return tower.query(
      from: shop.model.queries.row(user),
      stored: stored.map { Tower.Event(Self.vector($0.row, shop), weight: $0.weight) },
      session: events.map { Tower.Event($0.vector, weight: $0.weight) })
  }
}

/// Something that a shopper has done since the model learned.
struct ReplayEvent {
  /// Of the item.
  let row: Int
  /// The word of its kind; `nil`: none.
  let kind: String?
  let weight: Float
  /// Days since 1970.
  let day: Double
}

extension ReplayShop {
  /// What a query says of the moment in which a user is asked about.
  func context(of user: Int) -> [RankRequest.Feature] {
    eventContexts[user].context.sorted { $0.key < $1.key }.map { name, value in
      switch value {
      case .number(let number): (name, .number(number))
      case .word(let word): (name, .keyword(word.text))
      }
    }
  }

  /// What the trainer's network makes of a user after later events: the row of the user takes over what serving is to
  /// make of them.
  ///
  /// - Parameter stranger: What such a user has instead of what is known; `nil`: the user is known.
  func expected(
    of user: Int, stranger: UserVectors?, _ tower: ReplayTower, _ later: [ReplayEvent], today: Double, rows: [UInt32]
  ) throws -> (scores: [Float], logits: [Float]) {
    let (network, renewal) = (model.network, try #require(plan.renewal))
    let profiles = try #require(network.side.profiles)
    let reader = HistoryReader(renewal.rules.inputs, decay: renewal.rules.decay)
    let parts = reader.parts(of: plan.catalogue)
    let query = tower.query(of: stranger == nil ? user : nil, self, later: later.map { ($0.row, $0.weight) })
    var history = UserHistory(reader)
    if stranger == nil {
      history = UserHistory(reader, profile: profiles.row(user), weights: renewal.weights.row(user))
    }
    for event in later { history.add(parts[event.row], kind: event.kind, weight: event.weight, day: event.day) }
    let others = (stranger?.profile ?? profiles.row(user))[reader.inputs.count...]
    model.queries.setRow(user, query)
    profiles.setRow(user, history.row(at: today) + others)
    if let stranger { network.users.setRow(user, stranger.vector) }
    let users = [UInt32](repeating: UInt32(user), count: rows.count)
    let scores = RetrievalTower(queries: model.queries, embeddings: model.embeddings).scores(users: users, items: rows)
    return (scores, network.logits(user: user, items: rows))
  }
}
