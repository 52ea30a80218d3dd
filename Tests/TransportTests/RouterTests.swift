import Testing
import Transport
import Vocabulary
import Wire

/// A role's table of routes: what is served, where it waits, and what is counted.
@Suite struct RouterTests {
  private struct Count: Equatable {
    let opcode: Opcode
    let error: ErrorCode?
    let microseconds: UInt64
  }

  /// Lets the first requests in, each after a while.
  private final class Turnstile: RequestLane {
    private let left: Lock<Int>
    private let executor: ManualExecutor

    init(_ count: Int, _ executor: ManualExecutor) {
      left = Lock(count)
      self.executor = executor
    }

    func run<Value: Sendable>(
      _ request: InboundRequest, _ work: (InboundRequest) async throws(WireError) -> Value
    ) async throws(WireError) -> Value {
      let hasRoom = left.withLock { left in
        left -= 1
        return left >= 0
      }
      guard hasRoom else { throw WireError(.overloaded) }
      await executor.sleep(until: executor.clock.now().advanced(microseconds: 40))
      var admitted = request
      admitted.admission = executor.clock.now()
      return try await work(admitted)
    }
  }

  /// A router over three routes, and what it has counted.
  private final class Desk: Sendable {
    let executor = ManualExecutor()
    let counts = Lock<[Count]>([])
    let admissions = Lock<[UInt64]>([])
    let router: Router

    init(refusesLate: Bool = false) {
      let (executor, counts, admissions) = (executor, counts, admissions)
      router = Router(
        [
          Route(Turnstile(2, executor)) { (request: RankRequest, inbound) async throws(WireError) in
            admissions.withLock { $0.append(inbound.arrival.microseconds(until: inbound.admission)) }
            guard request.collection != "nothing" else { throw WireError(.unknownCollection) }
            var report = RankReport()
            report.depth = UInt32(request.depth)
            let results = RankResults(
              isExact: true, isRanked: false, rerankedCount: 0, ids: [], retrievalScores: [], logits: [],
              attributes: AttributeTable(rows: [], definitions: []))
            return RankResponse(results: results, report: report)
          },
          Route(nil, isServedWhileDraining: true) { (_: MetricsRequest, _) async throws(WireError) in
            MetricsResponse(text: "one")
          },
          Route(nil, isServedWhileDraining: true) { (_: MetricsRequest, _) async throws(WireError) in
            MetricsResponse(text: "two")
          },
          Route(nil) { (request: GetRequest, _) async throws(WireError) in throw WireError(.unknownGeneration) },
        ], compute: executor, clock: executor.clock, refusesLate: refusesLate
      ) { opcode, error, microseconds in
        counts.withLock { $0.append(Count(opcode: opcode, error: error, microseconds: microseconds)) }
      }
    }

    func inbound(_ opcode: Opcode, _ body: MessageBody, budget: UInt64 = 1000) -> InboundRequest {
      let now = executor.clock.now()
      return InboundRequest(
        opcode: opcode, bodyVersion: body.version, body: body.bytes[...], arrival: now,
        deadline: now.advanced(microseconds: budget))
    }

    func ask<Request: RequestMessage>(
      _ request: Request, version: UInt16 = Request.bodyVersion, budget: UInt64 = 1000, refusal: WireError? = nil
    ) throws -> Request.Reply {
      let inbound = inbound(Request.opcode, request.body(version: version), budget: budget)
      switch try executor.run({ await self.router.answer(inbound, refusal: refusal) }) {
      case .reply(let body):
        #expect(body.version == version)
        return try Request.Reply(body: body.bytes, version: version)
      case .failure(let error): throw error
      }
    }
  }

  @Test func whatIsServedFollowsFromTheTable() {
    let router = Desk().router
    let served = (UInt8.min...UInt8.max).map(Opcode.init(rawValue:)).filter { router.served.contains($0) }
    #expect(served == [.rank, .get, .metrics])
  }

  @Test(arguments: [UInt16(1), 2])
  func aReplyHasTheVersionOfItsRequest(version: UInt16) throws {
    let desk = Desk()
    let response = try desk.ask(RankRequest(collection: "shop", k: 1, depth: 7), version: version)
    #expect(response.report.depth == (version > 1 ? 7 : 0))
    #expect(desk.counts.withLock { $0 } == [Count(opcode: .rank, error: nil, microseconds: 40)])
    #expect(desk.admissions.withLock { $0 } == [40])
  }

  @Test func theLaterOfTwoRoutesCounts() throws {
    #expect(try Desk().ask(MetricsRequest()).text == "two")
  }

  @Test func aLaneRefusesBeforeAnythingIsDecoded() throws {
    let desk = Desk()
    let request = RankRequest(collection: "shop", k: 1, depth: 1)
    for _ in 0..<2 { _ = try desk.ask(request) }
    let inbound = desk.inbound(.rank, MetricsRequest().body)
    let outcome = try desk.executor.run { await desk.router.answer(inbound) }
    guard case .failure(let error) = outcome else { return #expect(Bool(false)) }
    #expect(error.code == .overloaded)
    #expect(desk.counts.withLock { $0.map(\.error) } == [nil, nil, .overloaded])
  }

  @Test func errorsAreCountedAndNameTheirPlace() throws {
    let desk = Desk()
    let collection = #expect(throws: WireError.self) {
      try desk.ask(RankRequest(collection: "nothing", k: 1, depth: 1))
    }
    #expect(collection?.code == .unknownCollection && collection?.fieldOffset == 29)
    let generation = #expect(throws: WireError.self) { try desk.ask(GetRequest(collection: "shop", ids: [1])) }
    #expect(generation?.code == .unknownGeneration && generation?.fieldOffset == 0)
    let inbound = desk.inbound(.get, MessageBody([1]))
    if case .reply = try desk.executor.run({ await desk.router.answer(inbound) }) { Issue.record("it was answered") }
    #expect(
      desk.counts.withLock { $0.map(\.error) } == [.unknownCollection, .unknownGeneration, .malformedBody])
  }

  @Test func anOpcodeWithoutARouteIsUnknown() throws {
    let desk = Desk()
    let error = #expect(throws: WireError.self) { try desk.ask(SlowLogRequest(limit: 1)) }
    #expect(error?.code == .unknownOpcode)
    #expect(desk.counts.withLock { $0 } == [Count(opcode: .slowLog, error: .unknownOpcode, microseconds: 0)])
  }

  @Test func aDrainingNodeStillShowsHowItDoes() throws {
    let desk = Desk()
    let refusal = WireError(.shuttingDown, message: "it drains")
    #expect(try desk.ask(MetricsRequest(), refusal: refusal).text == "two")
    let error = #expect(throws: WireError.self) {
      try desk.ask(RankRequest(collection: "shop", k: 1, depth: 1), refusal: refusal)
    }
    #expect(error == refusal)
  }

  @Test(arguments: [false, true])
  func aRequestThatIsLateIsRefusedWhereTheRoleWantsThat(refusesLate: Bool) throws {
    let desk = Desk(refusesLate: refusesLate)
    let answer = { try desk.ask(RankRequest(collection: "shop", k: 1, depth: 1), budget: 20) }
    guard refusesLate else { return _ = try answer() }
    let error = #expect(throws: WireError.self) { try answer() }
    #expect(error?.code == .expiredInQueue && desk.admissions.withLock { $0.isEmpty })
  }

  @Test func aCallerInTheProcessTakesTheSameWayWithoutBytes() throws {
    let desk = Desk()
    let request = desk.inbound(.rank, MessageBody([]))
    let ask = { (collection: String) in
      try desk.executor.run {
        try await desk.router.answer(RankRequest(collection: collection, k: 1, depth: 3), request).report.depth
      }
    }
    #expect(try ask("shop") == 3)
    let error = #expect(throws: WireError.self) { try ask("nothing") }
    #expect(error?.code == .unknownCollection)
    #expect(#expect(throws: WireError.self) { try ask("shop") }?.code == .overloaded)
    #expect(desk.counts.withLock { $0.map(\.error) } == [nil, .unknownCollection, .overloaded])
  }
}
