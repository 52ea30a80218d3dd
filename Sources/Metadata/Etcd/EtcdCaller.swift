import Transport
import Vocabulary

/// The way to etcd's members: one kept connection for calls, to the next member after each failure.
actor EtcdCaller {
  /// How an attempt ended without the answer that was asked for.
  enum Fault: Error, Equatable {
    /// Nothing was done.
    case refused(String)
    /// It may have been done, now or later.
    case undecided(String)

    var text: String {
      switch self {
      case .refused(let reason), .undecided(let reason): reason
      }
    }
  }

  /// What a member is given to answer in, and what it is waited for.
  private static let memberTime = "1000m"
  private static let answerMicroseconds: UInt64 = 1_200_000

  private let members: [String]
  private let network: any Network
  private let clock: any MonotonicClock
  private var place = 0
  private var connection: HTTPConnection?

  /// - Parameter members: `HOST:PORT` of each, at least one.
  init(_ members: [String], network: any Network, clock: any MonotonicClock) {
    self.members = members
    self.network = network
    self.clock = clock
  }

  /// Asks one member, the same as before if it answered.
  ///
  /// - Returns: The body of an answer without an error.
  func call(_ path: String, _ body: String) async throws(Fault) -> [UInt8] {
    let deadline = clock.now().advanced(microseconds: Self.answerMicroseconds)
    let connection: HTTPConnection
    do throws(HTTPFault) { connection = try await free(by: deadline) } catch {
      place = (place + 1) % members.count
      throw .refused("etcd: \(error.text)")
    }
    let response: HTTPConnection.Response
    do throws(HTTPFault) {
      response = try await connection.post(path, [("Grpc-Timeout", Self.memberTime)], body: body, deadline: deadline)
    } catch {
      place = (place + 1) % members.count
      if case .unreachable(let reason) = error { throw .refused("etcd: \(reason)") }
      throw .undecided("etcd: \(error.text)")
    }
    if connection.isReady, self.connection == nil { self.connection = connection }
    guard response.status != 200 else { return response.body }
    let reason = "etcd answers \(response.status): \(EtcdMessages.errorText(response.body) ?? "no reason")"
    guard response.status >= 500 else { throw .refused(reason) }
    // 500, 503 and 504 leave a write undecided; this member may have no leader.
    place = (place + 1) % members.count
    throw .undecided(reason)
  }

  /// A call that changes nothing, at each member in turn until one answers.
  func read(_ path: String, _ body: String) async throws(Fault) -> [UInt8] {
    var last = Fault.refused("etcd has no members")
    for _ in members {
      do throws(Fault) { return try await call(path, body) } catch { last = error }
    }
    throw .refused(last.text)
  }

  /// Opens a stream of lines at a member; returns when it has ended, for one reason or another.
  func lines(_ path: String, _ body: String, _ takesLine: @escaping @Sendable ([UInt8]) -> Void) async {
    let deadline = clock.now().advanced(microseconds: Self.answerMicroseconds)
    do throws(HTTPFault) {
      let connection = try await HTTPConnection.open(members[place], over: network, deadline: deadline)
      // Without this field a member that is cut off from the leader stays silent.
      let fields = [("Grpc-Metadata-Hasleader", "true")]
      _ = try await connection.post(path, fields, body: body, deadline: nil, takesLine: takesLine)
      connection.close()
    } catch {}
  }

  private func free(by deadline: Instant) async throws(HTTPFault) -> HTTPConnection {
    // Taken out while it is used: a call at the same time opens one of its own.
    if let kept = connection {
      connection = nil
      if kept.isReady { return kept }
    }
    return try await HTTPConnection.open(members[place], over: network, deadline: deadline)
  }
}
