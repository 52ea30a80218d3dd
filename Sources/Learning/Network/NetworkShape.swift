package import Kernels
package import Ranking
import Vocabulary

/// How a ranking network is built: which vectors it reads, and its layers.
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

  /// Where the inputs stand: those of the vectors, and what is given beside them.
  func layout(_ side: SideInputs) -> InputLayout {
    var features: [InputLayout.Feature] = []
    if side.retrieval != nil { features.append(.init(.retrievalScore)) }
    if let attributes = side.attributes { features.append(.init(.attribute, width: attributes.columns)) }
    return InputLayout(
      VectorInputs(
        user: userDimension, profile: side.profiles?.columns ?? 0, item: itemDimension, usesUser: usesUser,
        usesItem: usesItem, usesProduct: usesProduct, usesDot: usesDot),
      attributes: features + side.crosses.map { .init($0.cross.kind) }
        + (side.owned == nil ? [] : [.init(.owned, width: OwnedFeature.width)]),
      context: side.contexts.map { [.init(.context, width: $0.columns)] } ?? [])
  }
}
