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

  /// Of the user that the store is opened as; `nil`: etcd has no users.
  private let user: EtcdUser?
  /// Stands for the user, until etcd says that it does not know it.
  private var token: String?
  private let members: [String]
  private let network: any Network
  private let clock: any MonotonicClock
  private var place = 0
  private var connection: HTTPConnection?

  /// - Parameter members: `HOST:PORT` of each, at least one.
  init(_ members: [String], user: EtcdUser?, network: any Network, clock: any MonotonicClock) {
    self.members = members
    self.user = user
    self.network = network
    self.clock = clock
  }

  /// Asks one member, the same as before if it answered.
  ///
  /// - Returns: The body of an answer without an error.
  func call(_ path: String, _ body: String) async throws(Fault) -> [UInt8] {
    guard let user else { return try await callOnce(path, body).body }
    if token == nil { try await authenticate(user) }
    let response = try await callOnce(path, body)
    guard response.isUnknownUser else { return response.body }
    // A member that has started again knows no tokens.
    try await authenticate(user)
    let again = try await callOnce(path, body)
    guard !again.isUnknownUser else { throw .refused("etcd knows the user \(user.name) no more") }
    return again.body
  }

  private func authenticate(_ user: EtcdUser) async throws(Fault) {
    token = nil
    let answer = try await callOnce("/v3/auth/authenticate", EtcdMessages.authenticate(user)).body
    guard let token = EtcdMessages.token(answer) else { throw .refused("etcd gives the user \(user.name) no token") }
    self.token = token
  }

  /// An answer, or that the token is not known any more.
  private struct Answer {
    let body: [UInt8]
    var isUnknownUser = false
  }

  private var fields: [(String, String)] { token.map { [("Authorization", $0)] } ?? [] }

  private func callOnce(_ path: String, _ body: String) async throws(Fault) -> Answer {
    let deadline = clock.now().advanced(microseconds: Self.answerMicroseconds)
    let connection: HTTPConnection
    do throws(HTTPFault) { connection = try await free(by: deadline) } catch {
      place = (place + 1) % members.count
      throw .refused("etcd: \(error.text)")
    }
    let response: HTTPConnection.Response
    do throws(HTTPFault) {
      response = try await connection.post(
        path, [("Grpc-Timeout", Self.memberTime)] + fields, body: body, deadline: deadline)
    } catch {
      place = (place + 1) % members.count
      if case .unreachable(let reason) = error { throw .refused("etcd: \(reason)") }
      throw .undecided("etcd: \(error.text)")
    }
    if connection.isReady, self.connection == nil { self.connection = connection }
    guard response.status != 200 else { return Answer(body: response.body) }
    if response.status == 401, user != nil { return Answer(body: [], isUnknownUser: true) }
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
      let fields = [("Grpc-Metadata-Hasleader", "true")] + fields
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

/// A user of etcd, with the password.
package struct EtcdUser: Sendable {
  let name: String
  let password: String

  /// A user by name and password.
  package init(name: String, password: String) { (self.name, self.password) = (name, password) }
}
