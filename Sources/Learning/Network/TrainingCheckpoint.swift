import Kernels
import Ranking

/// A run's file: parameters, moments, the best parameters, and how far it has come.
enum TrainingCheckpoint {
  private static let version: UInt64 = 1
  private static let none = UInt64.max

  static func write(_ trainer: RankingTrainer) -> [UInt8] {
    var writer = SafetensorsWriter()
    let state = trainer.state
    writer.add(
      "state",
      [
        version, UInt64(state.epoch), UInt64(state.step), UInt64(trainer.optimiser.stepNumber), trainer.options.seed,
        UInt64(trainer.options.batchSize), state.report.lossSum.bitPattern, UInt64(state.report.count),
        UInt64(state.report.correct), state.bestEpoch.map(UInt64.init) ?? none, state.bestValidation.bitPattern,
      ])
    writer.add(
      "history",
      state.history.flatMap {
        [$0.loss.bitPattern, $0.accuracy.bitPattern, $0.validation?.bitPattern ?? none]
      })
    if let vector = trainer.midEpochStrangerVector { writer.add("stranger", vector, shape: [vector.count]) }
    for (name, matrices) in tensors(trainer) {
      for (index, matrix) in matrices.enumerated() {
        writer.add(
          "\(name).\(index)", (0..<matrix.rowCapacity).flatMap { matrix.row($0) },
          shape: [matrix.rowCapacity, matrix.columns])
      }
    }
    return writer.file()
  }

  static func read(_ bytes: [UInt8], into trainer: RankingTrainer) throws(ModelError) {
    let file = try SafetensorsFile(bytes, as: .checkpoint)
    let words = try file.ids("state")
    guard words.count == 11, words[0] == version else {
      throw ModelError(.checkpoint, "state", .unknown, "not a checkpoint of version \(version)")
    }
    guard words[4] == trainer.options.seed, words[5] == UInt64(trainer.options.batchSize) else {
      throw ModelError(.checkpoint, "state", .outOfRange, "another seed or batch size")
    }
    let history = try file.ids("history")
    let numbers = [1, 2, 3, 7, 8].compactMap { Int(exactly: words[$0]) }
    guard numbers.count == 5, numbers[2] < Int(UInt32.max), history.count == 3 * numbers[0],
      words[9] == none || words[9] < words[1]
    else { throw ModelError(.checkpoint, "state", .malformed, "its numbers do not agree") }
    // All tensors are read before any is taken over, so that a damaged file changes nothing.
    var loaded: [(FloatMatrix, [Float])] = []
    for (name, matrices) in tensors(trainer) {
      for (index, matrix) in matrices.enumerated() {
        loaded.append((matrix, try file.floats("\(name).\(index)", shape: [matrix.rowCapacity, matrix.columns])))
      }
    }
    let stranger = try file["stranger"].map { _ throws(ModelError) in
      try file.floats("stranger", shape: [trainer.network.users.columns])
    }
    for (matrix, values) in loaded {
      for row in 0..<matrix.rowCapacity {
        matrix.setRow(row, values[row * matrix.columns..<(row + 1) * matrix.columns])
      }
    }
    trainer.network.refreshTransposed()
    trainer.best.refreshTransposed()
    trainer.optimiser.stepNumber = numbers[2]
    var state = TrainingState()
    (state.epoch, state.step) = (numbers[0], numbers[1])
    state.report = StepReport(
      lossSum: Double(bitPattern: words[6]), count: numbers[3], correct: numbers[4])
    state.bestEpoch = words[9] == none ? nil : Int(words[9])
    state.bestValidation = Double(bitPattern: words[10])
    state.history = stride(from: 0, to: history.count, by: 3).map { i in
      .init(
        loss: Double(bitPattern: history[i]), accuracy: Double(bitPattern: history[i + 1]),
        validation: history[i + 2] == none ? nil : Double(bitPattern: history[i + 2]))
    }
    trainer.state = state
    if let stranger { trainer.strangerVector = stranger }
  }

  private static func tensors(_ trainer: RankingTrainer) -> [(name: String, matrices: [FloatMatrix])] {
    [
      ("parameter", trainer.network.parameters), ("first", trainer.optimiser.moments.map(\.first)),
      ("second", trainer.optimiser.moments.map(\.second)), ("best", trainer.best.parameters),
    ]
  }
}
