import DataSets
import Kernels
import Ranking
import Vocabulary

/// The profiles of users: at the end of the log, and as they were before each event.
struct UserProfiles {
  /// At the end, `[users, p]`.
  let final: FloatMatrix
  /// What stands behind its inputs of events, `[users, p]`; 0 for those of attributes.
  let weights: FloatMatrix
  /// The earlier ones, `[snapshots, p]`.
  let snapshots: FloatMatrix
  /// The snapshot of each event that is learned from.
  let rowOfEvent: [UInt32]

  /// A profile is renewed when an eighth more events have come, so that there are not as many as events. Served
  /// profiles lag behind likewise.
  private static let lag = 8

  init(
    _ recipe: FeatureRecipe, _ log: TrainingEvents, _ catalogue: AttributeColumns, _ users: AttributeColumns,
    _ kernels: KernelSet
  ) throws(ModelError) {
    let reader = HistoryReader(recipe.history, decay: recipe.historyDecay)
    let parts = reader.parts(of: catalogue)
    let known = recipe.users.isEmpty ? nil : try users.inputs(recipe.users, kernels: kernels)
    let width = recipe.history.count + (known?.columns ?? 0)
    let histories = Histories(log.interactions)
    let userCount = log.interactions.userCount
    let final = FloatMatrix(rows: userCount, columns: width)
    let weights = FloatMatrix(rows: userCount, columns: width)
    var rows: [Float] = []
    var rowOfEvent = [UInt32](repeating: 0, count: log.interactions.count)
    var isLearned = [Bool](repeating: false, count: log.interactions.count)
    for event in log.learned { isLearned[event] = true }
    var count: UInt32 = 0
    for user in 0..<userCount {
      let attributes = known?.row(user) ?? []
      var history = UserHistory(reader)
      var renewal = 0
      for (position, event) in histories.events(of: user).enumerated() {
        let day = log.days.map { Double($0[event]) }
        if isLearned[event], position >= renewal {
          rows += history.row(at: day) + attributes
          count += 1
          renewal = position + 1 + position / Self.lag
        }
        if isLearned[event] { rowOfEvent[event] = count - 1 }
        history.add(
          parts[Int(log.interactions.items[event])], kind: log.kinds[event].word,
          weight: log.interactions.weights[event], day: day)
      }
      final.setRow(user, history.row(at: log.lastDay) + attributes)
      weights.write(history.weights, row: user, column: 0)
    }
    let snapshots = FloatMatrix(rows: Int(count), columns: width)
    for row in 0..<snapshots.rowCapacity { snapshots.setRow(row, rows[row * width..<(row + 1) * width]) }
    (self.final, self.weights) = (final, weights)
    self.snapshots = snapshots
    self.rowOfEvent = log.learned.map { rowOfEvent[$0] }
  }
}
