package import DataSets
import Kernels
package import Ranking
package import Vocabulary

extension TrainedModel {
  /// The model with room for users and items that it does not know, to be trained further; all others keep their place
  /// and their vectors. A new one starts at the mean of those known.
  ///
  /// - Parameters:
  ///   - users: Ids of which some are known, in any order; those that are new go to the end in this order.
  ///   - items: The same for items.
  ///   - catalogue: The attributes of all items in the new order, if the network reads any.
  ///   - plan: The moments of the events to train on, and what is known by then, in the new order.
  /// - Throws: If the catalogue is missing or in another order, or the plan makes other inputs.
  package func extended(
    users: [UserID], items: [ItemID], catalogue: AttributeColumns? = nil, plan: FeaturePlan? = nil
  ) throws(ModelError) -> TrainedModel {
    let allUsers = Self.union(userIDs, users)
    let allItems = Self.union(itemIDs, items)
    let queries = Self.grown(queries, to: allUsers.count)
    let embeddings = Self.grown(embeddings, to: allItems.count)
    let reader = SideReader(
      attributes: attributeFeatures, context: contextFeatures, profileNames: profileNames, userCount: allUsers.count,
      itemIDs: allItems, kernels: network.kernels)
    let profiles = network.side.profiles.map { Self.grown($0, to: allUsers.count) }
    var side = try reader.side(catalogue, profiles: profiles, plan: plan)
    side.retrieval = network.side.retrieval.map {
      .init(queries: queries, embeddings: embeddings, normalisation: $0.normalisation, range: $0.range)
    }
    let network = network.extended(userCount: allUsers.count, itemCount: allItems.count, side: side)
    for (table, known) in [(network.users, userIDs.count), (network.items, itemIDs.count)] {
      let mean = Self.mean(table, rows: known)
      for row in known..<max(known, table.rowCapacity) { table.setRow(row, mean) }
    }
    return TrainedModel(
      name: name, userIDs: allUsers, itemIDs: allItems, queries: queries, embeddings: embeddings, network: network,
      definitions: definitions, attributeFeatures: attributeFeatures, contextFeatures: contextFeatures,
      profileNames: profileNames)
  }

  private static func union<ID: Hashable>(_ known: [ID], _ more: [ID]) -> [ID] {
    var seen = Set(known)
    return known + more.filter { seen.insert($0).inserted }
  }

  private static func grown(_ matrix: FloatMatrix, to rows: Int) -> FloatMatrix {
    let grown = FloatMatrix(rows: rows, columns: matrix.columns)
    for row in 0..<matrix.rowCapacity { grown.copyRow(row, of: matrix, to: row) }
    let mean = mean(matrix, rows: matrix.rowCapacity)
    for row in matrix.rowCapacity..<max(rows, matrix.rowCapacity) { grown.setRow(row, mean) }
    return grown
  }

  /// The mean of the first rows, summed in float64.
  static func mean(_ matrix: FloatMatrix, rows: Int) -> [Float] {
    var sums = [Double](repeating: 0, count: matrix.columns)
    for row in 0..<rows {
      for (column, value) in matrix.row(row).enumerated() { sums[column] += Double(value) }
    }
    return sums.map { Float($0 / Double(max(rows, 1))) }
  }
}
