package import Kernels

/// How the re-ranker is built before its data is known.
package struct NetworkOptions: Sendable, Equatable {
  /// Width of its own vectors of users and items.
  package var dimension = 32
  package var hidden = [128, 64]
  package var activation: Activation = .relu
  package var usesUser = true
  package var usesItem = true
  package var usesProduct = true
  package var usesDot = true
  /// Whether it reads the inner product by which retrieval found an item.
  package var usesRetrievalScore = true
  /// Whether it reads what the data set says of items, users and moments.
  package var usesFeatures = true

  package init() {}

  /// The same as the network's own description.
  package var shape: NetworkShape {
    NetworkShape(
      dimension: dimension, hidden: hidden, activation: activation, usesUser: usesUser, usesItem: usesItem,
      usesProduct: usesProduct, usesDot: usesDot)
  }

  /// Whether there is anything to learn from.
  package var hasInputs: Bool { usesUser || usesItem || usesProduct || usesDot || usesRetrievalScore }
}
