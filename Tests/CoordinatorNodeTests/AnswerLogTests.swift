import Answers
import CoordinatorNode
import Ranking
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// What a coordinator logs of its answers, and that they can be made again of it.
@Suite struct AnswerLogTests {
  private static func settings(_ bytesMax: Int = 1 << 26, inputRate: Double = 1) -> Coordinator.Configuration {
    var configuration = Coordinator.Configuration()
    configuration.answerLog.bytesMax = bytesMax
    configuration.answerLog.inputRate = inputRate
    return configuration
  }

  private func cluster(
    _ shardCount: Int, _ configuration: Coordinator.Configuration, model: TestCluster.ModelFiles?
  ) throws -> TestCluster {
    let items = TestCluster.items(300)
    let cluster = try TestCluster(shardCount: shardCount, configuration: configuration)
    try cluster.createShop()
    for (index, start) in stride(from: 0, to: items.count, by: 100).enumerated() {
      _ = try cluster.ask(try TestCluster.upsert(Array(items[start..<start + 100]), op: UInt64(index + 1)))
    }
    if let model { try cluster.load(model) }
    return cluster
  }

  /// Runs a coordinator while something happens, and for a while after that.
  private static func run(_ cluster: TestCluster, microseconds: UInt64 = 3_000_000) throws {
    let (coordinator, executor) = (cluster.coordinator, cluster.executor)
    try executor.run {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await coordinator.run() }
        await executor.sleep(until: executor.clock.now().advanced(microseconds: microseconds))
        group.cancelAll()
      }
    }
  }

  private static func logged(_ cluster: TestCluster) throws -> [LoggedAnswer] {
    var reader = try AnswerReader("/data/answers", on: cluster.disk)
    var answers: [LoggedAnswer] = []
    reader.read { answer in
      answers.append(answer)
      return true
    }
    #expect(reader.faults.isEmpty)
    return answers
  }

  /// Queries by vector, user and session, under caps and by pages.
  private static func requests() -> [RankRequest] {
    (0..<24).map { number in
      TestCluster.rank(k: 3 + number % 7, depth: 30 + number) { request in
        request.requestID = UInt64(1000 + number)
        switch number % 4 {
        case 0: request.user = UserID(UInt64(1 + number % 2))
        case 1: (request.vector, request.user) = ([], UserID(UInt64(1 + number % 2)))
        case 2: (request.vector, request.sessionItems) = ([], [8, 15, 22])
        default: request.page.wantsNext = true
        }
        if number % 3 == 0 { request.groupCap = .init(attribute: "brand", most: 2) }
        request.context = [("hour", .number(Float(number))), ("device", .keyword("phone"))]
        request.filter = number % 2 == 0 ? "price < 250" : ""
      }
    }
  }

  @Test(arguments: [Arithmetic.float32, .bfloat16, .int8], [1, 3]) func answersAreLoggedAndMadeAgain(
    arithmetic: Arithmetic, shardCount: Int
  ) throws {
    let files = try TestCluster.model(seed: 5).computing(in: arithmetic)
    let cluster = try cluster(shardCount, Self.settings(), model: files)
    var replies: [RankResponse] = []
    for request in Self.requests() { replies.append(try cluster.ask(request)) }
    try Self.run(cluster)
    let answers = try Self.logged(cluster)
    #expect(answers.map(\.requestID) == replies.map(\.report.requestID))
    let replay = AnswerReplay([Reranker(try files.model())])
    for ((request, reply), answer) in zip(zip(Self.requests(), replies), answers) {
      #expect(answer.shown.map(\.item) == reply.results.ids && answer.user == request.user?.rawValue)
      #expect(answer.shown.map(\.logit.bitPattern) == reply.results.logits.map(\.bitPattern))
      #expect(answer.model == reply.report.model && answer.collection == "shop" && answer.filter == request.filter)
      #expect(answer.context.map(\.name) == ["hour", "device"] && answer.offset == 0)
      #expect(replay.outcome(of: answer) == .equal(candidates: Int(reply.report.reranked)))
    }
  }

  @Test func answersOfSeveralModelsAndOfARestartAreMadeAgain() throws {
    let models = try [TestCluster.model(seed: 5), TestCluster.model(seed: 6)]
    let cluster = try cluster(2, Self.settings(), model: models[0])
    for model in models {
      try cluster.load(model)
      for request in Self.requests() { _ = try cluster.ask(request) }
      try Self.run(cluster)
    }
    let answers = try Self.logged(cluster)
    let both = AnswerReplay(try models.map { Reranker(try $0.model()) })
    let first = AnswerReplay([Reranker(try models[0].model())])
    #expect(answers.count == 48 && Set(answers.map(\.model)).count == 2)
    #expect(answers.allSatisfy { if case .equal = both.outcome(of: $0) { true } else { false } })
    #expect(answers.count { first.outcome(of: $0) == .withoutModel } == 24)
  }

  @Test func pagesSayWhereTheyBegin() throws {
    let cluster = try cluster(2, Self.settings(), model: try TestCluster.model(seed: 5))
    var request = TestCluster.rank(k: 5, depth: 40) { $0.page.wantsNext = true }
    let first = try cluster.ask(request)
    request.page.token = first.report.page.token
    let second = try cluster.ask(request)
    try Self.run(cluster)
    let answers = try Self.logged(cluster)
    #expect(answers.map(\.offset) == [0, 5])
    #expect(answers.map { $0.shown.map(\.item) } == [first.results.ids, second.results.ids])
  }

  @Test func onlySharesAreLoggedIfAsked() throws {
    var configuration = Self.settings(inputRate: 0.25)
    configuration.answerLog.rate = 0.5
    let cluster = try cluster(1, configuration, model: try TestCluster.model(seed: 5))
    for number in 0..<400 {
      _ = try cluster.ask(TestCluster.rank(k: 1, depth: 1) { $0.requestID = UInt64(number + 1) })
    }
    try Self.run(cluster)
    let answers = try Self.logged(cluster)
    // Both draws are functions of the request ids: six standard deviations of a fair draw.
    #expect(abs(answers.count - 200) <= 60)
    #expect(abs(answers.count { $0.inputs != nil } - answers.count / 4) <= 37)
  }

  @Test func exchangedNeighboursAreLogged() throws {
    let model = try TestCluster.model(seed: 5)
    var configuration = Self.settings()
    configuration.answerLog.exchangeRate = 0.5
    let clusters = [try cluster(2, Self.settings(), model: model), try cluster(2, configuration, model: model)]
    var replies: [[RankResponse]] = [[], []]
    for (place, cluster) in clusters.enumerated() {
      for number in 0..<60 {
        replies[place].append(try cluster.ask(TestCluster.rank(k: 5) { $0.requestID = UInt64(number + 1) }))
      }
    }
    try Self.run(clusters[1])
    let answers = try Self.logged(clusters[1])
    let exchanged = answers.compactMap(\.exchanged)
    #expect((10...50).contains(exchanged.count) && Set(exchanged) == [0, 1, 2, 3])
    let replay = AnswerReplay([Reranker(try model.model())])
    for (answer, (plain, own)) in zip(answers, zip(replies[0], replies[1])) {
      var ids = plain.results.ids
      if let place = answer.exchanged.map({ Int($0) }) { ids.swapAt(place, place + 1) }
      #expect(own.results.ids == ids && answer.shown.map(\.item) == ids)
      #expect(replay.outcome(of: answer) == .equal(candidates: 50))
    }
  }

  @Test func withoutRoomNothingIsLoggedAndQueriesAreAnswered() throws {
    let cluster = try cluster(1, Self.settings(0), model: nil)
    _ = try cluster.ask(cluster.rank())
    try Self.run(cluster)
    #expect(try !cluster.disk.list("/data").contains("answers"))
  }

  @Test func aDiskThatFailsCostsAnswersOfTheLogAlone() throws {
    let cluster = try cluster(1, Self.settings(), model: nil)
    cluster.disk.failAll(from: cluster.disk.callCount + 1, .full)
    for _ in 0..<5 { _ = try cluster.ask(cluster.rank()) }
    try Self.run(cluster)
    let coordinator = cluster.coordinator
    let text = try cluster.executor.run { await coordinator.metricsText() }
    #expect(text.contains("winnow_answers_dropped_total{reason=\"disk\"} 5"))
    #expect(text.contains("winnow_answers_logged_total 0"))
  }

  @Test func shoppersWhoAreForgottenLeaveTheLog() throws {
    let cluster = try cluster(2, Self.settings(), model: try TestCluster.model(seed: 5))
    for user in [1, 2, 1] as [UInt64] { _ = try cluster.ask(TestCluster.rank { $0.user = UserID(user) }) }
    try Self.run(cluster)
    #expect(try Self.logged(cluster).map(\.user) == [1, 2, 1])
    _ = try cluster.ask(HistoryRequest(.forget, collection: "shop", user: 1))
    try Self.run(cluster)
    #expect(try Self.logged(cluster).map(\.user) == [2])
    _ = try cluster.ask(TestCluster.rank { $0.user = UserID(1) })
    try Self.run(cluster)
    #expect(try Self.logged(cluster).map(\.user) == [2, 1])
  }
}
