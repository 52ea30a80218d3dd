import Telemetry
import Transport
import Vocabulary
import Wire

/// What the keys of callers have left of their quotas at this coordinator.
///
/// Each kind is an account that fills with the quota's rate up to two seconds of it. What was used is paid afterwards, as
/// a query's work is not known before: a key may ask while there is something left, and then waits out its debt.
final class KeyAccounts: Sendable {
  private struct Account: Hashable, Sendable {
    let key: String
    let kind: KeyQuota.Kind
  }

  private struct Balance: Sendable {
    var amount: Double
    var at: Instant

    /// The balance now, and no more than two seconds of the rate.
    func grown(_ rate: Int, at now: Instant) -> Double {
      min(Double(rate) * KeyAccounts.burstSeconds, amount + Double(rate) * Double(at.microseconds(until: now)) / 1e6)
    }
  }

  private static let burstSeconds = 2.0
  /// Accounts that are kept; those of keys that ask no more fill up, and a full one says nothing.
  private static let accountsMax = 3 * 4096

  /// What each request of a key needs something left of.
  private static let needs: [(opcodes: OpcodeSet, kinds: [KeyQuota.Kind])] = [
    ([.rank, .suggest], [.queries, .work]), ([.upsert, .update, .delete, .event], [.items]),
  ]

  private let clock: any MonotonicClock
  private let balances = Lock<[Account: Balance]>([:])
  private let refused: SeriesTable<Account, Counter>

  init(_ registry: MetricRegistry, _ clock: any MonotonicClock) {
    self.clock = clock
    refused = SeriesTable { account in
      registry.counter(
        "winnow_quota_refused_total", help: "Requests that were refused as a key had used up its quota, by what of.",
        labels: [("key", account.key), ("kind", account.kind.rawValue)])
    }
  }

  /// Why a request has to wait; `nil`: it may go on. A query that may is paid here.
  func refusal(of request: InboundRequest) -> WireError? {
    let principal = request.principal
    guard let key = principal.key, !principal.quota.isEmpty,
      let kinds = Self.needs.first(where: { $0.opcodes.contains(request.opcode) })?.kinds
    else { return nil }
    let now = clock.now()
    for kind in kinds {
      guard let rate = principal.quota[kind] else { continue }
      let account = Account(key: key, kind: kind)
      let left = balances.withLock { $0[account]?.grown(rate, at: now) } ?? Double(rate)
      guard left <= 0 else { continue }
      refused[account].add()
      return WireError(
        .quota, retryAfterMilliseconds: UInt32(clamping: Int(-left / Double(rate) * 1000) + 1),
        message: "the key has used up its quota of \(kind.rawValue): \(rate) a second")
    }
    if kinds.contains(.queries) { pay(1, .queries, principal) }
    return nil
  }

  /// A function of a route whose requests are paid by what they were answered with.
  func paying<Request: RequestMessage>(
    _ kind: KeyQuota.Kind,
    _ handle: @escaping @Sendable (Request, InboundRequest) async throws(WireError) -> Request.Reply,
    _ amount: @escaping @Sendable (Request, Request.Reply) -> Double
  ) -> @Sendable (Request, InboundRequest) async throws(WireError) -> Request.Reply {
    { [self] (request, inbound) async throws(WireError) in
      let reply = try await handle(request, inbound)
      if inbound.principal.quota[kind] != nil { pay(amount(request, reply), kind, inbound.principal) }
      return reply
    }
  }

  private func pay(_ amount: Double, _ kind: KeyQuota.Kind, _ principal: Principal) {
    guard let key = principal.key, let rate = principal.quota[kind] else { return }
    let (account, now) = (Account(key: key, kind: kind), clock.now())
    balances.withLock { balances in
      let full = Double(rate) * Self.burstSeconds
      let left = balances[account]?.grown(rate, at: now) ?? full
      if balances.count >= Self.accountsMax, balances[account] == nil { balances.removeAll() }
      balances[account] = Balance(amount: left - amount, at: now)
    }
  }
}
