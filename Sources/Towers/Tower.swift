package import Kernels

/// What a model folds a shopper's events in by: their vectors become the vector to search by.
package struct Tower: Sendable {
  /// An event as a tower reads it.
  package struct Event: Sendable {
    /// Of its item, `[d]`.
    package let vector: [Float]
    package let weight: Float

    package init(_ vector: [Float], weight: Float) { (self.vector, self.weight) = (vector, weight) }
  }

  /// Events that equations of least squares are made of at most, so that no session makes a query slow.
  private static let leastSquaresMax = 100

  private enum Fold: Sendable {
    case als(ALSFold)
    case history(HistoryEncoder)
    case neighbours(NeighbourTable, NeighbourTable.Settings)
    case softmax(width: Int, NeighbourTable.Settings)
  }

  /// Where the components that are folded stand in an embedding.
  private struct Place: Sendable {
    let components: Range<Int>
    /// d.
    let width: Int
  }

  package let settings: TowerSettings
  private let fold: Fold
  /// `nil`: an embedding is folded as a whole.
  private var place: Place?

  private init(settings: TowerSettings, fold: Fold) { (self.settings, self.fold) = (settings, fold) }

  /// The same tower for embeddings of `width` components, of which these are what it folds; the others of its queries are
  /// zeros.
  package func placed(_ components: Range<Int>, of width: Int) -> Tower {
    var tower = self
    tower.place = Place(components: components, width: width)
    return tower
  }

  /// A tower of alternating least squares.
  package static func als(_ fold: ALSFold, weights: [String: Float] = [:], cut: Int64? = nil) -> Tower {
    Tower(settings: TowerSettings(.als(fold.settings), weights: weights, cut: cut), fold: .als(fold))
  }

  /// A tower that reads histories.
  package static func history(
    _ parameters: TowerParameters, weights: [String: Float] = [:], cut: Int64? = nil, kernels: KernelSet = KernelSet()
  ) -> Tower {
    Tower(
      settings: TowerSettings(.history(parameters.shape), weights: weights, cut: cut),
      fold: .history(HistoryEncoder(parameters, kernels: kernels)))
  }

  /// A tower that looks neighbours up.
  package static func neighbours(
    _ table: NeighbourTable, _ settings: NeighbourTable.Settings = NeighbourTable.Settings(),
    weights: [String: Float] = [:], cut: Int64? = nil
  ) -> Tower {
    Tower(
      settings: TowerSettings(.neighbours(settings), weights: weights, cut: cut), fold: .neighbours(table, settings))
  }

  /// A tower of embeddings with two vectors of each item.
  ///
  /// - Parameter dimension: Of an embedding, 2 d + 1.
  package static func softmax(
    dimension: Int, _ settings: NeighbourTable.Settings = NeighbourTable.Settings(), weights: [String: Float] = [:],
    cut: Int64? = nil
  ) -> Tower {
    Tower(
      settings: TowerSettings(.softmax(settings), weights: weights, cut: cut),
      fold: .softmax(width: dimension, settings))
  }

  /// The table of a tower that looks neighbours up; `nil` for other kinds.
  package var table: NeighbourTable? { if case .neighbours(let table, _) = fold { table } else { nil } }

  /// What events say of other items beside the inner product; nothing, except with a table.
  ///
  /// - Parameter events: Items, the oldest first.
  package func neighbours(of events: [UInt64]) -> [UInt64: Float] {
    guard case .neighbours(let table, let settings) = fold else { return [:] }
    return table.scores(events, settings)
  }

  /// The query of a shopper without any event, if the tower has one: it asks for what is popular.
  package var popularity: [Float]? {
    switch fold {
    case .als, .history: nil
    case .neighbours: [1]
    case .softmax(let width, let settings): PairVectors.query([], width: width, settings)
    }
  }

  /// The tower of a file.
  ///
  /// - Parameters:
  ///   - read: Gives the values of a tensor by its name and shape.
  package static func reading<Failure: Error>(
    _ settings: TowerSettings, dimension: Int, kernels: KernelSet = KernelSet(),
    _ read: (_ name: String, _ shape: [Int]) throws(Failure) -> [Float]
  ) throws(Failure) -> Tower {
    switch settings.kind {
    case .als(let equations):
      let values = try read(TowerSettings.gramName, [dimension, dimension])
      let gram = FloatMatrix(rows: dimension, columns: dimension)
      for row in 0..<dimension { gram.setRow(row, values[row * dimension..<(row + 1) * dimension]) }
      return Tower(settings: settings, fold: .als(ALSFold(equations, gram: gram, kernels: kernels)))
    case .history(let shape):
      let parameters = try TowerParameters(shape) { (tensor) throws(Failure) in try read(tensor.name, tensor.shape) }
      return Tower(settings: settings, fold: .history(HistoryEncoder(parameters, kernels: kernels)))
    case .neighbours(let reading):
      return Tower(settings: settings, fold: .neighbours(NeighbourTable(rows: []), reading))
    case .softmax(let reading):
      return Tower(settings: settings, fold: .softmax(width: dimension, reading))
    }
  }

  /// The tensors of its file.
  package var tensors: [(name: String, shape: [Int], values: [Float])] {
    switch fold {
    case .als(let fold):
      let d = fold.gram.columns
      return [(TowerSettings.gramName, [d, d], (0..<d).flatMap { fold.gram.row($0) })]
    case .history(let encoder):
      let parameters = encoder.parameters
      return parameters.shape.tensors.map { ($0.name, $0.shape, parameters.values($0)) }
    case .neighbours, .softmax: return []
    }
  }

  /// The events that count of stored ones and a session's, all oldest first: how many of each, from the newest.
  package func window(stored: Int, session: Int) -> (stored: Int, session: Int) {
    switch settings.kind {
    case .als:
      (max(0, min(stored, Self.leastSquaresMax - session)), min(session, Self.leastSquaresMax))
    case .history(let shape) where shape.encoder == .sum: (0, session)
    case .history(let shape):
      (max(0, min(stored, shape.length - session)), min(session, shape.length))
    case .neighbours, .softmax: (0, min(session, NeighbourTable.eventsMax))
    }
  }

  /// The query vector, `[d]`.
  ///
  /// - Parameters:
  ///   - known: What the model has of the shopper, `[d]`; `nil` for a stranger.
  ///   - stored: The shopper's events that are in `known`, as far as the model stores them and they count, oldest first.
  ///   - session: The events that came later, oldest first.
  package func query(from known: [Float]?, stored: [Event], session: [Event]) -> [Float] {
    guard let place else { return folded(known, stored, session) }
    func part(_ vector: [Float]) -> [Float] { Array(vector[place.components]) }
    func part(_ events: [Event]) -> [Event] { events.map { Event(part($0.vector), weight: $0.weight) } }
    var query = [Float](repeating: 0, count: place.width)
    query.replaceSubrange(place.components, with: folded(known.map(part), part(stored), part(session)))
    return query
  }

  private func folded(_ known: [Float]?, _ stored: [Event], _ session: [Event]) -> [Float] {
    switch fold {
    case .als(let fold): return fold.query(from: known, stored: stored, session: session)
    case .history(let encoder):
      var events = stored + session
      if encoder.parameters.shape.encoder == .sum, let known {
        // The decayed sum so far stands for all events before: as the oldest event it is what the recurrence goes on from.
        let sum = zip(known, encoder.parameters.matrices[0].row(0)).map { $0 - $1 }
        events.insert(Event(sum, weight: 1), at: 0)
      }
      let vectors = FloatMatrix(rows: events.count, columns: encoder.parameters.shape.dimension)
      for (row, event) in events.enumerated() { vectors.setRow(row, event.vector) }
      return encoder.query(vectors, count: events.count, weights: events.map(\.weight))
    case .neighbours: return [1]
    case .softmax(let width, let settings): return PairVectors.query(stored + session, width: width, settings)
    }
  }
}
