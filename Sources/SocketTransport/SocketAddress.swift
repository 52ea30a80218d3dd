import CLinux
import Transport
import Vocabulary

/// `HOST:PORT` and what it resolves to.
struct SocketAddress: Sendable {
  let host: String
  let port: UInt16

  /// Addresses of one name that are tried.
  private static let addressesMax = 8
  /// Names that are looked up at the same time; the resolver of the system blocks a thread for each.
  private static let lookupsMax = 16
  private static let lookups = Lock(0)

  /// Takes `HOST:PORT` or `[HOST]:PORT` apart.
  static func split(_ text: String) throws(NetworkError) -> SocketAddress {
    guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { throw .badAddress(text) }
    var host = text[..<colon]
    let digits = text[text.index(after: colon)...]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      throw .badAddress(text)
    }
    guard !host.isEmpty, host.utf8.count <= 253, !host.utf8.contains(0), digits.utf8.allSatisfy({ 48...57 ~= $0 }),
      let port = UInt16(digits)
    else { throw .badAddress(text) }
    return SocketAddress(host: String(host), port: port)
  }

  /// The address of an IPv4 or IPv6 literal or of `localhost`; `nil` for another name. Never blocks.
  func literal(passive: Bool) -> wl_address? {
    Self.lookUp(host == "localhost" ? "127.0.0.1" : host, port, numeric: true, passive: passive).first
  }

  /// All addresses of a host: literals at once, names by a thread of their own, since the resolver blocks.
  static func resolve(_ target: SocketAddress, deadline: Instant, loop: EventLoop) async throws(NetworkError)
    -> [wl_address]
  {
    if let literal = target.literal(passive: false) { return [literal] }
    let mayStart = lookups.withLock { count in
      guard count < lookupsMax else { return false }
      count += 1
      return true
    }
    guard mayStart else { throw .system(11) }
    let answer = OneAnswer<[wl_address]?>()
    let isStarted = SystemThread.start(named: "lookup") {
      let addresses = lookUp(target.host, target.port, numeric: false, passive: false)
      lookups.withLock { $0 -= 1 }
      answer.give(addresses)
    }
    if !isStarted {
      lookups.withLock { $0 -= 1 }
      throw .system(11)
    }
    let timer = loop.schedule(at: deadline) { answer.give(nil) }
    let addresses = await withTaskCancellationHandler {
      await answer.value()
    } onCancel: {
      answer.give(nil)
    }
    loop.cancelTimer(timer)
    guard let addresses else { throw Task.isCancelled ? .cancelled : .timedOut }
    guard !addresses.isEmpty else { throw .badAddress("\(target.host):\(target.port)") }
    return addresses
  }

  /// The text of an address as `HOST:PORT`.
  static func text(of address: wl_address) -> String {
    var address = address
    var text = [CChar](repeating: 0, count: 80)
    // SAFETY: both pointers are valid for the call, which writes at most the given count.
    let count = unsafe wl_address_text(&address, &text, text.count)
    return count < 0 ? "?" : String(decoding: text.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func lookUp(_ host: String, _ port: UInt16, numeric: Bool, passive: Bool) -> [wl_address] {
    var found = [wl_address](repeating: wl_address(), count: addressesMax)
    // SAFETY: strings and array are valid for the call, which writes at most `addressesMax` entries.
    let count = unsafe wl_resolve(
      host, String(port), numeric ? 1 : 0, passive ? 1 : 0, &found, Int32(addressesMax))
    return Array(found.prefix(Int(count)))
  }
}

/// A value that several may try to give; the first one counts.
private final class OneAnswer<Value: Sendable>: Sendable {
  private enum State: Sendable {
    case empty
    case awaited(CheckedContinuation<Value, Never>)
    case given(Value)
  }

  private let state = Lock(State.empty)

  func give(_ value: Value) {
    let waiting: CheckedContinuation<Value, Never>? = state.withLock { state in
      defer { if case .given = state {} else { state = .given(value) } }
      if case .awaited(let continuation) = state { return continuation }
      return nil
    }
    waiting?.resume(returning: value)
  }

  /// Waits for the value; to be called once.
  func value() async -> Value {
    await withCheckedContinuation { continuation in
      let value: Value? = state.withLock { state in
        if case .given(let value) = state { return value }
        state = .awaited(continuation)
        return nil
      }
      if let value { continuation.resume(returning: value) }
    }
  }
}
