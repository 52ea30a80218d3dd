import Answers
import Bytes
import Kernels
import Ranking
import Support
import Vocabulary

/// Answers of a seeded shop's model to some shoppers, with their inputs.
struct SomeAnswers {
  let reranker: Reranker
  let model: Model
  let answers: [LoggedAnswer]

  /// - Parameter changed: A change of the model's weights, as when one of their bits has flipped.
  init?(_ count: Int, seed: UInt64 = 1, isHuge: Bool = false, changed: (inout [UInt8]) -> Void = { _ in }) throws {
    var shape = RandomShop.Shape()
    shape.isHuge = isHuge
    guard let shop = try RandomShop(shape, seed: seed), let files = shop.model?.files else { return nil }
    var weights = files[1]
    changed(&weights)
    model = try Model.load(manifest: files[0], weights: weights, users: files[2])
    reranker = Reranker(model)
    var random = SeededRandom(seed: seed &+ 9)
    var answers: [LoggedAnswer] = []
    for number in 0..<count {
      guard let user = model.users[UserID(shop.userIDs[number % 3])] else { return nil }
      answers.append(Self.answer(number, to: user, shop, reranker, &random))
    }
    self.answers = answers
  }

  private static func answer(
    _ number: Int, to user: UserVectors, _ shop: RandomShop, _ reranker: Reranker, _ random: inout SeededRandom
  ) -> LoggedAnswer {
    let items = (0..<60).map { _ in shop.items[Int(random.next() % UInt64(shop.items.count))] }
    let names = shop.schema.attributes.map(\.name)
    let candidates = CandidateInputs(
      ids: items.map(\.id), retrievalScores: random.floats(items.count), reranks: items.flatMap(\.rerank),
      columns: reranker.assembler.attributeNames.map { name in
        items.map { item in names.firstIndex(of: name).flatMap { item.attributes[$0] } }
      })
    var answer = LoggedAnswer()
    answer.time = Int64(1_000_000 * (number + 1))
    answer.requestID = random.next()
    answer.collection = "shop"
    answer.generation = 3
    answer.model = reranker.model.id
    answer.user = shop.userIDs[number % 3]
    answer.words = number % 2 == 0 ? "Zelte für zwei" : ""
    answer.filter = "price < 20"
    answer.context = [
      .init(name: "hour", value: .number(17.5)), .init(name: "device", value: .word("desk")),
    ]
    let context = Dictionary(answer.context.map { ($0.name, $0.value) }) { first, _ in first }
    let logits = Array(reranker.rerank(candidates, user: user, context: context).prefix(50))
    answer.inputs = AnswerInputs(
      user: user, candidates: candidates, ids: items.map(\.id.rawValue), logits: logits.map { $0?.value.bitPattern },
      words: nil)
    // Items may stand twice among these candidates; a result is the last of its item.
    var byItem: [UInt64: Float] = [:]
    for (item, logit) in zip(items, logits) { byItem[item.id.rawValue] = logit?.value }
    answer.shown = byItem.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(20).map {
      LoggedAnswer.Shown(item: $0.key, retrievalScore: 1, logit: $0.value)
    }
    answer.rankedCount = answer.shown.count
    return answer
  }

  static func bytes(_ answer: LoggedAnswer) -> [UInt8] {
    var writer = ByteWriter()
    answer.write(to: &writer)
    return writer.bytes
  }
}
