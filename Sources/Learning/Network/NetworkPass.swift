import DataSets
import Kernels
import Ranking
import Vocabulary

/// Room for a block of pairs on its way through a network and back; one a thread.
final class NetworkPass {
  static let blockRows = 32
  private static let blockPlaces = (0..<UInt32(blockRows)).map { $0 }[...]

  let network: RankingNetwork
  var kernels: KernelSet { network.kernels }
  let inputs: FloatMatrix
  /// Of each layer: the sums, what the activation made of them, and what dropout left of that; often the same matrix.
  private let sums, outputs, kept: [FloatMatrix]
  private let gradients: [FloatMatrix]
  private let inputGradients: FloatMatrix
  private var logits: [Float]
  /// The user and query vectors of a block with strangers in it.
  private let userRoom, queryRoom: FloatMatrix
  /// The profiles of a block, for crosses.
  let profileRoom: FloatMatrix
  /// Where the last block's user vectors stand.
  private var shoppers: (table: FloatMatrix, rows: ArraySlice<UInt32>)

  init(_ network: RankingNetwork, hasDropout: Bool = false) {
    self.network = network
    let rows = Self.blockRows
    inputs = FloatMatrix(rows: rows, columns: network.layout.count)
    sums = network.shape.layers.map { FloatMatrix(rows: rows, columns: $0.out) }
    outputs = zip(network.shape.layers, sums).map { layer, sums in
      layer.activation == .gelu ? FloatMatrix(rows: rows, columns: layer.out) : sums
    }
    kept = outputs.dropLast().map { hasDropout ? FloatMatrix(rows: rows, columns: $0.columns) : $0 } + outputs.suffix(1)
    gradients = network.shape.layers.map { FloatMatrix(rows: rows, columns: $0.out) }
    inputGradients = FloatMatrix(rows: rows, columns: network.layout.count)
    logits = [Float](repeating: 0, count: rows)
    userRoom = FloatMatrix(rows: rows, columns: network.users.columns)
    queryRoom = FloatMatrix(rows: rows, columns: network.side.retrieval?.queries.columns ?? 0)
    profileRoom = FloatMatrix(
      rows: rows, columns: network.side.crosses.isEmpty ? 0 : network.side.profiles?.columns ?? 0)
    shoppers = (network.users, [])
  }

  /// The logits of pairs, as many as `users`, at most `blockRows`: what `Ranking.Reranker` computes, bit for bit.
  ///
  /// - Parameters:
  ///   - events: The events of the log whose moments the pairs are about; `nil` for the users' own moments.
  ///   - scores: Of another tower, to be read instead of the network's own.
  ///   - strangers: Those who meet some of the pairs in the users' places.
  func forward(
    users: ArraySlice<UInt32>, items: ArraySlice<UInt32>, events: ArraySlice<UInt32>? = nil,
    scores: ArraySlice<Float>? = nil, strangers: StrangerRows.Block? = nil, dropout: Dropout? = nil, firstRow: Int = 0
  ) -> [Float] {
    let rows = users.count
    assemble(users, items, EventRows(network.side, users: users, events: events), scores, strangers)
    var current = inputs
    for layer in network.weights.indices {
      kernels.forward(current, rows: rows, network.weights[layer], into: sums[layer])
      // Training and ranking are by the logit, so the last layer's sigmoid is left away.
      if layer < network.weights.count - 1 {
        if outputs[layer] !== sums[layer] { copy(sums[layer], to: outputs[layer], rows) }
        kernels.activate(network.shape.layers[layer].activation, outputs[layer], rows: 0..<rows)
        if let dropout {
          if kept[layer] !== outputs[layer] { copy(outputs[layer], to: kept[layer], rows) }
          kernels.dropout(kept[layer], rows: rows, rate: dropout.rate, key: dropout.key(layer), firstRow: firstRow)
        }
        current = dropout == nil ? outputs[layer] : kept[layer]
      } else {
        current = sums[layer]
      }
    }
    kernels.readColumn(current, rows: rows, into: &logits)
    return logits
  }

  /// Carries the gradients of the logits of the last `forward` back.
  ///
  /// - Parameters:
  ///   - weightGradients: Of each layer; this chunk's block starts at chunk · (inputs + 1).
  ///   - continuing: Whether to add to what an earlier block of the chunk has left there.
  ///   - userGradients: `[batch, u]`, the rows of the pairs start at `row`; the same for `itemGradients`.
  func backward(
    _ logitGradients: [Float], users: ArraySlice<UInt32>, items: ArraySlice<UInt32>, dropout: Dropout?, firstRow: Int,
    weightGradients: [FloatMatrix], chunk: Int, continuing: Bool, userGradients: FloatMatrix,
    itemGradients: FloatMatrix
  ) {
    let rows = users.count
    let last = network.weights.count - 1
    kernels.writeColumn(logitGradients, rows: rows, into: last >= 0 ? gradients[last] : inputGradients)
    for layer in stride(from: last, through: 0, by: -1) {
      let gradient = gradients[layer]
      if layer < last {
        if let dropout {
          kernels.dropout(gradient, rows: rows, rate: dropout.rate, key: dropout.key(layer), firstRow: firstRow)
        }
        kernels.activateBack(
          network.shape.layers[layer].activation, sums: sums[layer], outputs: outputs[layer], gradients: gradient,
          rows: rows)
      }
      let input = layer == 0 ? inputs : dropout == nil ? outputs[layer - 1] : kept[layer - 1]
      kernels.weightGradient(
        input, gradient, rows: rows, into: weightGradients[layer], at: chunk * (input.columns + 1),
        continuing: continuing)
      kernels.backward(
        gradient, rows: rows, network.transposed[layer], into: layer == 0 ? inputGradients : gradients[layer - 1])
    }
    let layout = network.layout
    kernels.takeColumns(
      inputGradients, from: layout.start(of: .userVector), rows: rows, into: userGradients, row: firstRow)
    kernels.takeColumns(
      inputGradients, from: layout.start(of: .itemVector), rows: rows, into: itemGradients, row: firstRow)
    let (product, dot) = (layout.start(of: .product), layout.start(of: .dot))
    if product != nil || dot != nil {
      kernels.pairsBack(
        RowPairs(shoppers.table, shoppers.rows, network.items, items), inputGradients, productColumn: product,
        dotColumn: dot,
        a: userGradients, b: itemGradients, row: firstRow)
    }
  }

  private func assemble(
    _ users: ArraySlice<UInt32>, _ items: ArraySlice<UInt32>, _ eventRows: EventRows, _ scores: ArraySlice<Float>?,
    _ strangers: StrangerRows.Block?
  ) {
    precondition(users.count <= Self.blockRows && users.count == items.count, "at most a block of pairs")
    precondition(scores.map { $0.count == users.count } ?? true, "a score for each pair")
    let layout = network.layout
    shoppers = (network.users, users)
    if let strangers {
      kernels.gather(network.users, users, into: userRoom)
      strangers.forEach { place, _ in userRoom.setRow(place, strangers.vector) }
      shoppers = (userRoom, Self.blockPlaces.prefix(users.count))
    }
    if let column = layout.start(of: .userVector) {
      kernels.gather(shoppers.table, shoppers.rows, into: inputs, column: column)
    }
    if let column = layout.start(of: .profile) {
      gatherProfiles(users, eventRows, strangers, into: inputs, column: column)
    }
    if let column = layout.start(of: .itemVector) { kernels.gather(network.items, items, into: inputs, column: column) }
    if network.shape.usesProduct || network.shape.usesDot {
      let pairs = RowPairs(shoppers.table, shoppers.rows, network.items, items)
      if let column = layout.start(of: .product) { kernels.products(pairs, into: inputs, column: column) }
      if let column = layout.start(of: .dot) { kernels.dots(pairs, into: inputs, column: column) }
    }
    if let column = layout.start(of: .retrievalScore), let tower = network.side.retrieval {
      var pairs = RowPairs(tower.queries, users, tower.embeddings, items)
      if let strangers {
        kernels.gather(tower.queries, users, into: queryRoom)
        strangers.forEach { place, row in queryRoom.copyRow(row, of: strangers.queries, to: place) }
        pairs = RowPairs(queryRoom, Self.blockPlaces.prefix(users.count), tower.embeddings, items)
      }
      if scores == nil { kernels.dots(pairs, into: inputs, column: column) }
      for row in 0..<users.count {
        inputs.withMutableRow(row) {
          let score = scores.map { $0[$0.startIndex + row] } ?? $0[column]
          $0[column] = tower.input(score)
        }
      }
    }
    if let column = layout.start(of: .attribute), let attributes = network.side.attributes {
      kernels.gather(attributes, items, into: inputs, column: column)
      assembleDrift(items, eventRows, column: column)
    }
    if let first = network.side.crosses.first, let column = layout.start(of: first.cross.kind) {
      gatherProfiles(users, eventRows, strangers, into: profileRoom)
      assembleCrosses(items, eventRows, column: column)
    }
    if let owned = network.side.owned, let column = layout.start(of: .owned) {
      assembleOwned(users, items, eventRows, strangers, owned, column: column)
    }
    if let column = layout.start(of: .context) { assembleContexts(eventRows, column: column) }
  }

  private func copy(_ from: FloatMatrix, to: FloatMatrix, _ rows: Int) {
    for row in 0..<rows { to.copyRow(row, of: from, to: row) }
  }
}

/// Which outputs of hidden layers are left out in a step.
struct Dropout {
  let rate: Float
  let step: UInt64
  let seed: UInt64

  func key(_ layer: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: CounterRandom(seed: seed, stream: 0xD0 + UInt64(layer)).bits(step))
  }
}
