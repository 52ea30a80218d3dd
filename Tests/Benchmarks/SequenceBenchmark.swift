import DataSets
import Foundation
import Kernels
import Learning
import Ranking
import SocketTransport
import Support
import Towers
import Vocabulary

/// Epochs of a mixed history tower with what items are, d = 64, L = 20, 1,024 drawn items, on histories as long as those
/// of Amazon Beauty, beside the same in PyTorch on one core; the losses have to come close.
struct SequenceBenchmark {
  private static let (itemCount, wordCount, wordsAnItem) = (12_000, 4000, 10)
  /// The relative difference of an epoch's losses that other draws explain, and of those before the first step, where none
  /// differs.
  private static let (lossTolerance, firstLossTolerance) = (0.03, 1e-3)
  /// Of which the first loss is.
  private static let firstUsers = Array(0..<60)

  let encoder: TowerShape.Encoder

  func run(_ size: BenchmarkSize) throws -> Measurement {
    let (log, catalogue) = Self.shop(users: size == .full ? 4000 : 60)
    let histories = Histories(log)
    let content = try ItemContent(catalogue, ["words"])
    var options = HistoryTower.Options()
    options.shape = TowerShape(dimension: 64, encoder: encoder, isMixed: true)
    options.learningRate = LearningRate(0.004)
    options.eventDropout = 0.2
    options.componentDropout = 0.3
    let tower = HistoryTower(content: content, options)
    let trainer = HistoryTrainer(tower, histories)
    let first = Self.firstSlopes(tower, histories)
    let peer = size == .full ? try peer(histories, tower, drawn: first.drawn) : nil
    defer { peer?.stop() }
    let firstLoss = first.loss / first.weight
    if let other = try peer?.epoch().loss, abs(other / firstLoss - 1) > Self.firstLossTolerance {
      throw WrongResult(description: "loss \(firstLoss) before the first step, PyTorch has \(other)")
    }
    let clock = SystemClock()
    var (times, peerTimes): ([Double], [Double]) = ([], [])
    for epoch in 0..<(size == .full ? 4 : 1) {
      let start = clock.now()
      let loss = trainer.runEpoch()
      let time = Double(clock.now().nanoseconds - start.nanoseconds) / 1000
      guard loss.isFinite, loss < 8 else { throw WrongResult(description: "loss \(loss)") }
      if epoch > 0 || size == .smoke { times.append(time) }
      guard let other = try peer?.epoch() else { continue }
      if epoch > 0 { peerTimes.append(other.microseconds) }
      guard abs(other.loss / loss - 1) < Self.lossTolerance else {
        throw WrongResult(description: "loss \(loss) in epoch \(epoch + 1), PyTorch has \(other.loss)")
      }
    }
    if size == .full { report(events: log.count - log.userCount, times, peerTimes) }
    return Measurement(
      microseconds: times, peerMicroseconds: peerTimes,
      results: (0..<tower.vectors.rowCapacity).flatMap { tower.vectors.row($0).map(\.bitPattern) })
  }

  /// Of the tower's start, without dropout.
  private static func firstSlopes(_ tower: HistoryTower, _ histories: Histories) -> HistoryTrainer.Slopes {
    var options = tower.options
    (options.eventDropout, options.componentDropout) = (0, 0)
    return HistoryTrainer(HistoryTower(content: tower.content, options), histories).slopes(of: firstUsers)
  }

  private func report(events: Int, _ times: [Double], _ peerTimes: [Double]) {
    func rate(_ times: [Double]) -> String {
      String(format: "%.1f", Double(events) / (Measurement.median(times) ?? .infinity) * 1000)
    }
    var line = "  \(encoder.rawValue): winnow \(rate(times))"
    if !peerTimes.isEmpty { line += ", torch \(rate(peerTimes))" }
    FileHandle.standardError.write(Data("\(line) thousand events/s\n".utf8))
  }

  /// Users with 5 to 40 events, most with few, who walk among items that share words.
  private static func shop(users: Int) -> (Interactions, AttributeColumns) {
    var random = SeededRandom(seed: 16)
    var log = Interactions(userCount: users, itemCount: itemCount)
    for user in 0..<users {
      var item = Int.random(in: 0..<itemCount, using: &random)
      var length = 5
      while length < 40, random.next() % 5 != 0 { length += 1 }
      for _ in 0..<length {
        log.append(user: user, item: item)
        let place = Double.random(in: 0..<1, using: &random)
        item =
          random.next() % 2 == 0
          ? (item + 1 + Int(random.next() % 20)) % itemCount : Int(place * place * place * Double(itemCount))
      }
    }
    let words = (0..<itemCount).map { item -> AttributeValue? in
      let words = (0..<wordsAnItem).map { "w\((item / 40 &* (31 &+ $0) &+ $0 &* 97) % wordCount)".exact }
      return .keywordSet(Set(words).sorted().map(\.text))
    }
    let catalogue = AttributeColumns(
      ids: (1...UInt64(itemCount)).map { ItemID($0) },
      definitions: [AttributeDefinition(name: "words", type: .keywordSet)], columns: [words])
    return (log, catalogue)
  }

  /// PyTorch with the same histories, features and parameters; `nil` without a venv.
  private func peer(_ histories: Histories, _ tower: HistoryTower, drawn: [UInt32]) throws -> TrainPeers.Peer? {
    let content = tower.content
    func lists(_ count: Int, _ list: (Int) -> ArraySlice<UInt32>) -> (ends: [Float], values: [Float]) {
      let all = (0..<count).map { list($0).map { Float($0) } }
      var end = 0
      return (
        all.map {
          end += $0.count; return Float(end)
        }, all.flatMap { $0 }
      )
    }
    let events = lists(histories.userCount) { histories[$0] }
    let features = lists(content.itemCount) { content[$0] }
    func rows(_ matrix: FloatMatrix) -> [Float] { (0..<matrix.rowCapacity).flatMap { matrix.row($0) } }
    let parameters = tower.parameters.shape.tensors.map { ($0.name, tower.parameters.values($0)) }
    return try TrainPeers(
      files: [
        ("history-ends", events.ends), ("history-items", events.values), ("feature-ends", features.ends),
        ("feature-numbers", features.values), ("own", rows(tower.own)), ("words", rows(tower.features)),
        ("users", Self.firstUsers.map { Float($0) }), ("drawn", drawn.map { Float($0) }),
      ] + parameters)?.start(script: "train_sequence.py", arguments: [encoder.rawValue, "\(content.features.count)"])
  }
}
