package import DataSets
import Evaluation
import Vocabulary

/// How much more than others the users of some groups count in what the re-ranker learns.
package struct GroupWeights: Sendable {
  /// An attribute of users.
  private let attribute: String
  private let weights: [(label: String, weight: Float)]

  /// Reads such as `gender:F=2,M=1`.
  ///
  /// - Returns: `nil` unless each group stands once with a weight above 0, at most 1,000.
  package init?(_ text: String) {
    let halves = text.split(separator: ":", maxSplits: 1)
    guard halves.count == 2 else { return nil }
    attribute = String(halves[0])
    var weights: [(label: String, weight: Float)] = []
    for part in halves[1].split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false)
      guard sides.count == 2, !sides[0].isEmpty, let weight = Float(sides[1]), weight > 0, weight <= 1000 else {
        return nil
      }
      let label = String(sides[0])
      guard !weights.contains(where: { $0.label.exact == label.exact }) else { return nil }
      weights.append((label, weight))
    }
    self.weights = weights
  }

  /// The weight of each user; 1 for those of other groups.
  ///
  /// - Throws: If users have no such attribute, or none of them is of a group.
  package func ofUsers(_ data: DataSet) throws(FitError) -> [Float] {
    guard let labels = data.userLabels(attribute) else { throw .noUserAttribute(attribute) }
    for (label, _) in weights where !labels.contains(where: { $0.exact == label.exact }) {
      throw .noUserGroup(attribute, label)
    }
    let byLabel = Dictionary(uniqueKeysWithValues: weights.map { ($0.label.exact, $0.weight) })
    return labels.map { byLabel[$0.exact] ?? 1 }
  }
}
