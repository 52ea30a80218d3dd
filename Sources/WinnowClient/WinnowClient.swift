import Security
import SocketTransport
package import Transport
package import Vocabulary
package import Wire

/// A client of a Winnow cluster: it ranks, feeds and administers over the address of a coordinator, or of several, of which it
/// takes one at random, and the next at once when that one drains, is lost or cannot be reached.
///
/// Safe to share between tasks; calls run side by side on a few connections, which are opened when they are needed and
/// again when they are lost. Every call has one budget of time, within which it is made at most three times, and only when
/// that cannot do harm; all calls together are made at most a tenth more often than they are asked for. Cancelling a task cancels its call on the server too.
public final class WinnowClient: Sendable {
  /// The coordinator's `HOST:PORT`; those of several are separated by commas.
  public let address: String
  /// The defaults of this client.
  public let options: ClientOptions

  /// Where the client keeps time.
  package let executor: any LinkExecutor
  package let random: any RandomSource
  let writers: WriterPool
  private let caller: any Caller
  private let retries = Lock(RetryBudget())
  private let made = Lock(Attempts())
  private let ownedLoops: EventLoopGroup?
  /// `nil`: a call whose attempts are used up fails.
  private let patience: Patience?

  /// A client of the coordinator at `HOST:PORT`, or of several at `HOST:PORT,HOST:PORT`; connects with the first call.
  ///
  /// - Throws: If the process is out of threads or descriptors.
  public convenience init(address: String, options: ClientOptions = ClientOptions()) throws(WinnowError) {
    let loops: EventLoopGroup
    do throws(NetworkError) { loops = try EventLoopGroup(loopCount: 1) } catch {
      throw WinnowError(.unreachable("no event loop: \(error)"))
    }
    self.init(address: address, options: options, loops: loops, network: try Self.network(options, loops))
  }

  private static func network(
    _ options: ClientOptions, _ loops: EventLoopGroup
  ) throws(WinnowError) -> SocketNetwork {
    if let path = options.keyFile {
      do throws(TLSFault) { _ = try KeyFile.key(path) } catch {
        throw WinnowError(invalid: "--key-file cannot be used: \(error.text)")
      }
    }
    guard let path = options.tlsDirectory else { return SocketNetwork(group: loops) }
    do throws(TLSFault) {
      let files = try TLSDirectory(path, demandsClients: false, needsCertificate: false)
      let security = NetworkSecurity(expectedName: options.tlsName) { .success(files.refreshed(every: 10)) }
      return SocketNetwork(group: loops, security: security)
    } catch { throw WinnowError(invalid: "--tls-dir cannot be used: \(error.text)") }
  }

  private init(address: String, options: ClientOptions, loops: EventLoopGroup, network: SocketNetwork) {
    self.address = address
    self.options = options
    executor = loops.loops[0]
    random = SystemRandom()
    writers = WriterPool(random)
    ownedLoops = loops
    patience = nil
    caller = Self.caller(address, options, network, loops.loops[0], random)
  }

  private static func caller(
    _ address: String, _ options: ClientOptions, _ network: any Network, _ executor: any LinkExecutor,
    _ random: any RandomSource
  ) -> any Caller {
    let addresses = address.split(separator: ",").map(String.init)
    guard addresses.count > 1 else {
      return PooledCaller(address: address, options: options, network: network, executor: executor, random: random)
    }
    let callers = addresses.map {
      PooledCaller(
        address: $0, options: options, network: network, executor: executor, random: random, waits: false)
    }
    return FailoverCaller(callers, first: Int(random.next() % UInt64(callers.count)), executor: executor)
  }

  /// A client over any network, with time and randomness of the caller's choice.
  package convenience init(
    address: String, options: ClientOptions = ClientOptions(), network: any Network, executor: any LinkExecutor,
    random: any RandomSource
  ) {
    let caller = Self.caller(address, options, network, executor, random)
    self.init(address: address, options: options, caller: caller, executor: executor, random: random)
  }

  /// A client whose calls go anywhere, with time and randomness of the caller's choice.
  package convenience init(
    address: String, options: ClientOptions = ClientOptions(), caller: any Caller, executor: any LinkExecutor,
    random: any RandomSource
  ) {
    self.init(
      address: address, options: options, caller: caller, executor: executor, random: random,
      writers: WriterPool(random), patience: nil)
  }

  private init(
    address: String, options: ClientOptions, caller: any Caller, executor: any LinkExecutor,
    random: any RandomSource, writers: WriterPool, patience: Patience?
  ) {
    self.address = address
    self.options = options
    self.caller = caller
    self.executor = executor
    self.random = random
    self.writers = writers
    ownedLoops = nil
    self.patience = patience
  }

  /// Closes the connections; calls in flight fail, and so do later ones.
  public func close() async {
    await caller.close()
    await ownedLoops?.shutdown()
  }

  /// A client over the same connections for work of many calls: where the cluster has no room for a call, it waits, longer
  /// each time, and makes the call again with a new budget.
  ///
  /// - Parameters:
  ///   - waitMax: How long one call may be refused; zero: as a client that does not wait.
  ///   - told: Told of each refusal that is waited for.
  package func waiting(
    atMost waitMax: Duration, told: @escaping @Sendable (WinnowError) -> Void = { _ in }
  ) -> WinnowClient {
    WinnowClient(
      address: address, options: options, caller: caller, executor: executor, random: random, writers: writers,
      patience: waitMax > .zero ? Patience(waitMax: waitMax, told: told) : nil)
  }

  /// How often calls were made.
  package struct Attempts: Sendable, Hashable {
    package var calls: UInt64 = 0
    /// Attempts after the first.
    package var retries: UInt64 = 0
    /// Calls that failed although another attempt was allowed, because there had been too many.
    package var withheld: UInt64 = 0
  }

  /// Calls and attempts so far.
  package var attempts: Attempts { made.withLock { $0 } }

  /// Traffic over the client's connections so far.
  package func traffic() async -> Traffic { await caller.traffic() }

  /// Makes a call, again where the policy allows it, until its budget is used up; a client that waits makes it with a new
  /// budget, while the cluster has no room for it.
  ///
  /// - Parameters:
  ///   - retry: What a reply that was accepted still asks to be sent again; `nil`: it is final.
  ///   - join: What a reply says after those of earlier attempts, of which one may have happened without a reply.
  func call<Request: RequestMessage>(
    _ request: Request, _ kind: RetryPolicy.Kind, timeout: Duration?,
    retry: @Sendable (Request.Reply) -> ErrorClass? = { _ in nil },
    join: @Sendable (_ reply: Request.Reply, _ earlier: Request.Reply?, _ isInDoubt: Bool) -> Request.Reply = {
      reply, _, _ in reply
    }
  ) async throws(WinnowError) -> Request.Reply {
    var pace = FeedPace(widthMax: 1, waitMax: patience?.waitMax ?? .zero)
    while true {
      let refusal: WinnowError
      do throws(WinnowError) {
        return try await callOnce(request, kind, timeout: timeout, retry: retry, join: join)
      } catch { refusal = error }
      guard let patience, refusal.saysNoRoom, !Task.isCancelled,
        let wait = pace.refuse(
          retryAfterMilliseconds: refusal.retryAfterMilliseconds, draw: random.next(), now: executor.clock.now())
      else { throw refusal }
      patience.told(refusal)
      await executor.sleep(until: executor.clock.now().advanced(microseconds: wait))
    }
  }

  /// Makes a call within one budget.
  private func callOnce<Request: RequestMessage>(
    _ request: Request, _ kind: RetryPolicy.Kind, timeout: Duration?,
    retry: @Sendable (Request.Reply) -> ErrorClass?,
    join: @Sendable (_ reply: Request.Reply, _ earlier: Request.Reply?, _ isInDoubt: Bool) -> Request.Reply
  ) async throws(WinnowError) -> Request.Reply {
    let body = request.body
    let fallback = kind == .read ? options.timeout : options.writeTimeout
    let deadline = executor.clock.now().advanced(microseconds: (timeout ?? fallback).clampedMicroseconds)
    retries.withLock { $0.save() }
    made.withLock { $0.calls += 1 }
    var attempt = 1
    var standing: Request.Reply?
    // An attempt that was lost may have happened, even if the next attempt is refused.
    var isInDoubt = false
    while true {
      var failure: CallError?
      var errorClass: ErrorClass = []
      do throws(CallError) {
        let message = try await caller.call(
          OutboundRequest(Request.opcode, body: body, deadline: deadline, isRetry: attempt > 1))
        let reply = join(try Self.decode(Request.Reply.self, message, version: body.version), standing, isInDoubt)
        guard let unfinished = retry(reply) else { return reply }
        errorClass = unfinished
        standing = reply
      } catch {
        failure = error
        errorClass = error.classForRetry
        if error.errorClass.contains(.indefinite) { isInDoubt = true }
      }
      var wait = RetryPolicy.microseconds(
        after: errorClass, retryAfterMilliseconds: failure?.retryAfterMilliseconds ?? 0, attempt: attempt, kind: kind,
        draw: random.next(), now: executor.clock.now(), deadline: deadline)
      // With a coordinator all its calls are lost at once, and another one takes them.
      if wait != nil, !(caller.isOfSeveral && failure?.isLoss == true), !retries.withLock({ $0.spend() }) {
        made.withLock { $0.withheld += 1 }
        wait = nil
      }
      if let wait, !Task.isCancelled {
        await executor.sleep(until: executor.clock.now().advanced(microseconds: wait))
      }
      guard wait != nil, !Task.isCancelled else {
        if let standing { return join(standing, nil, isInDoubt) }
        throw WinnowError(wait == nil ? failure ?? .cancelled : .cancelled, attempts: attempt, isInDoubt: isInDoubt)
      }
      attempt += 1
      made.withLock { $0.retries += 1 }
    }
  }

  private static func decode<Reply: Message>(
    _: Reply.Type, _ message: ReplyMessage, version: UInt16
  ) throws(CallError) -> Reply {
    do throws(WireError) { return try Reply(body: Array(message.body), version: version) } catch {
      throw .invalid(error)
    }
  }
}

extension CallError {
  /// Whether the connection ended.
  fileprivate var isLoss: Bool { if case .connectionLost = self { true } else { false } }

  /// The class that decides about a retry: a cancelled call and a used-up budget are final, and an answer that breaks the
  /// protocol would do so again, unless it was damaged on the way.
  fileprivate var classForRetry: ErrorClass {
    switch self {
    case .cancelled, .deadlineExceeded: []
    case .invalid(let error): error.code.defaultClass.contains(.retriable) ? [.retriable, .indefinite] : []
    // The server has used the budget up: a read in what is left of it could only do worse.
    case .refused(let error) where error.code == .deadlineExceeded: [.indefinite]
    case .refused, .queueFull, .connectionLost, .unreachable: errorClass
    }
  }

  fileprivate var retryAfterMilliseconds: UInt32 {
    if case .refused(let error) = self, error.errorClass.contains(.backoff) { error.retryAfterMilliseconds } else { 0 }
  }
}

extension Duration {
  /// Whole microseconds within what a request may carry, 1…60,000,000.
  package var clampedMicroseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 1 }
    guard seconds < 60 else { return 60_000_000 }
    return max(1, UInt64(seconds) * 1_000_000 + UInt64(attoseconds) / 1_000_000_000_000)
  }
}
