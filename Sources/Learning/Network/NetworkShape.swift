package import Kernels
package import Ranking

/// How a ranking network is built: which inputs it reads, in the fixed order user | profile | item | product | dot |
/// retrieval score | attributes | crosses | context, and its layers.
package struct NetworkShape: Sendable, Equatable {
  /// Dimension u of user vectors.
  package var userDimension: Int
  /// Dimension r of item vectors; equal to u where product or dot are used.
  package var itemDimension: Int
  package var usesUser: Bool
  package var usesItem: Bool
  package var usesProduct: Bool
  package var usesDot: Bool
  /// The last has one output and `none` or `sigmoid`; without layers the dot product, then the only input, is the logit.
  package var layers: [Manifest.Layer]

  package init(
    userDimension: Int, itemDimension: Int, usesUser: Bool = true, usesItem: Bool = true, usesProduct: Bool = false,
    usesDot: Bool = false, layers: [Manifest.Layer]
  ) {
    self.userDimension = userDimension
    self.itemDimension = itemDimension
    self.usesUser = usesUser
    self.usesItem = usesItem
    self.usesProduct = usesProduct
    self.usesDot = usesDot
    self.layers = layers
  }

  /// Hidden layers of these widths under one activation, then one output.
  package init(
    dimension: Int, hidden: [Int], activation: Activation = .relu, usesUser: Bool = true, usesItem: Bool = true,
    usesProduct: Bool = false, usesDot: Bool = false
  ) {
    self.init(
      userDimension: dimension, itemDimension: dimension, usesUser: usesUser, usesItem: usesItem,
      usesProduct: usesProduct, usesDot: usesDot,
      layers: hidden.map { .init(out: $0, activation: activation) } + [.init(out: 1, activation: .sigmoid)])
  }

  /// The seed model: 32 + 32 → 128 → 64 → 1.
  package static let seed = NetworkShape(dimension: 32, hidden: [128, 64])

  /// Matrix factorisation: the inner product of both vectors is the logit.
  package static func dotProduct(dimension: Int) -> NetworkShape {
    NetworkShape(
      userDimension: dimension, itemDimension: dimension, usesUser: false, usesItem: false, usesDot: true, layers: [])
  }
}

/// Where each part of a network's inputs stands.
struct InputLayout: Sendable {
  let user, profile, item, product, dot, retrieval, attributes, crosses, context: Int?
  let count: Int

  init(_ shape: NetworkShape, _ side: SideInputs) {
    var end = 0
    func part(_ isUsed: Bool, _ width: Int) -> Int? {
      guard isUsed, width > 0 else { return nil }
      defer { end += width }
      return end
    }
    user = part(shape.usesUser, shape.userDimension)
    profile = part(shape.usesUser, side.profiles?.columns ?? 0)
    item = part(shape.usesItem, shape.itemDimension)
    product = part(shape.usesProduct, shape.itemDimension)
    dot = part(shape.usesDot, 1)
    retrieval = part(side.retrieval != nil, 1)
    attributes = part(true, side.attributes?.columns ?? 0)
    crosses = part(true, side.crosses.count)
    context = part(true, side.contexts?.columns ?? 0)
    count = end
  }
}
