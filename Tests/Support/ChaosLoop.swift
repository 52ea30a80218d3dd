import Glibc

/// The thread of a `ChaosProxy`: a loop over `poll` that moves bytes between the two sides of each connection.
final class ChaosLoop {
  /// Bytes of one direction that are under way.
  private struct Stream {
    var pieces: [(bytes: ArraySlice<UInt8>, due: UInt64)] = []
    var byteCount = 0
    var lastDue: UInt64 = 0
    /// When the throttle lets the next byte pass.
    var freeAt: UInt64 = 0
    var hasEnded = false
    var hasToldEnd = false
    var readCount = 0
  }

  private final class Connection {
    let client: Int32
    let server: Int32
    /// The second connection to the server, if there is one.
    let double: Int32?
    var up = Stream()
    var down = Stream()
    var doubled = Stream()
    let cutAfter: Int?
    var passed = 0
    var isOver = false

    init(client: Int32, server: Int32, double: Int32?, cutAfter: Int?) {
      self.client = client
      self.server = server
      self.double = double
      self.cutAfter = cutAfter
    }
  }

  private let proxy: ChaosProxy
  private let listener: Int32
  private let bell: Int32
  private var random: SeededRandom
  private var connections: [Connection] = []
  private var resets = 0
  private static let bufferedBytesMax = 1 << 20

  init(_ proxy: ChaosProxy, listener: Int32, bell: Int32, seed: UInt64) {
    self.proxy = proxy
    self.listener = listener
    self.bell = bell
    random = SeededRandom(seed: seed)
    _ = fcntl(listener, F_SETFL, O_NONBLOCK)
  }

  func run() {
    while !proxy.isOver { turn() }
    for connection in connections { end(connection) }
    close(listener)
    close(bell)
  }

  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000
  }

  private func turn() {
    let weather = proxy.weather
    let now = Self.now()
    var watched = [
      pollfd(fd: listener, events: Int16(POLLIN), revents: 0), pollfd(fd: bell, events: Int16(POLLIN), revents: 0),
    ]
    var next = now + 1_000_000
    for connection in connections {
      watch(connection.client, connection.up, weather.toServer, back: connection.down, weather.toClient, now)
      watch(connection.server, connection.down, weather.toClient, back: connection.up, weather.toServer, now)
      watch(connection.double, Stream(), Way(), back: connection.doubled, weather.toServer, now)
    }
    func watch(
      _ descriptor: Int32?, _ stream: Stream, _ way: Way, back: Stream, _ backWay: Way, _ now: UInt64
    ) {
      var events: Int16 = 0
      if !way.isHeld, !stream.hasEnded, stream.byteCount < Self.bufferedBytesMax { events |= Int16(POLLIN) }
      if !backWay.isHeld, let piece = back.pieces.first {
        let due = max(piece.due, back.freeAt)
        if due <= now { events |= Int16(POLLOUT) } else { next = min(next, due) }
      }
      // Without an interest an ended descriptor would wake the loop for nothing.
      watched.append(pollfd(fd: events == 0 ? -1 : descriptor ?? -1, events: events, revents: 0))
    }
    let patience = Int32(min((next - now) / 1000 + 1, 1000))
    _ = poll(&watched, nfds_t(watched.count), patience)
    var rings = [UInt8](repeating: 0, count: 64)
    _ = read(bell, &rings, rings.count)
    if proxy.resets != resets {
      resets = proxy.resets
      for connection in connections where !reset(connection) { end(connection) }
    }
    for connection in connections where !connection.isOver { move(connection, proxy.weather) }
    connections.removeAll { $0.isOver }
    accept(proxy.weather)
  }

  private typealias Way = ChaosProxy.Way

  private func accept(_ weather: ChaosProxy.Weather) {
    while true {
      let client = Glibc.accept(listener, nil, nil)
      guard client >= 0 else { return }
      _ = fcntl(client, F_SETFD, FD_CLOEXEC)
      _ = fcntl(client, F_SETFL, O_NONBLOCK)
      let cutAfter = proxy.accepted()
      connections.append(
        Connection(
          client: client, server: proxy.dial(), double: weather.isDoubled ? proxy.dial() : nil,
          cutAfter: cutAfter))
    }
  }

  private func move(_ connection: Connection, _ weather: ChaosProxy.Weather) {
    let now = Self.now()
    if !weather.toServer.isHeld {
      let count = connection.up.pieces.count
      guard receive(connection.client, &connection.up, weather.toServer, now) else { return end(connection, weather) }
      if connection.double != nil {
        connection.doubled.pieces += connection.up.pieces[count...]
        connection.doubled.hasEnded = connection.up.hasEnded
      }
    }
    if !weather.toClient.isHeld {
      guard receive(connection.server, &connection.down, weather.toClient, now) else { return end(connection, weather) }
    }
    guard
      deliver(&connection.up, to: connection.server, weather.toServer, connection, weather),
      deliver(&connection.down, to: connection.client, weather.toClient, connection, weather)
    else { return end(connection, weather) }
    if let double = connection.double {
      var drained = [UInt8](repeating: 0, count: 65_536)
      while recv(double, &drained, drained.count, Int32(MSG_DONTWAIT)) > 0 {}
      _ = deliver(&connection.doubled, to: double, weather.toServer, nil, weather)
    }
    if connection.up.hasToldEnd, connection.down.hasToldEnd { end(connection) }
  }

  /// - Returns: Whether the side lives.
  private func receive(_ descriptor: Int32, _ stream: inout Stream, _ way: Way, _ now: UInt64) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while !stream.hasEnded, stream.byteCount < Self.bufferedBytesMax {
      let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      if count == 0 {
        stream.hasEnded = true
        return true
      }
      guard count > 0 else { return errno == EAGAIN || errno == EINTR || errno == ENOTCONN || errno == EINPROGRESS }
      if way.isSwallowed { continue }
      var bytes = Array(buffer.prefix(count))
      if let span = way.flipsOneBitInBytes {
        for index in bytes.indices where random.next() % UInt64(max(span, 1)) == 0 {
          bytes[index] ^= 1 << UInt8(random.next() % 8)
          proxy.flipped()
        }
      }
      let isDelayed = way.delayMicroseconds > 0 && random.next() % UInt64(max(way.delaysOneOf, 1)) == 0
      stream.lastDue = max(now + (isDelayed ? way.delayMicroseconds : 0), stream.lastDue)
      stream.pieces.append((bytes[...], stream.lastDue))
      stream.byteCount += bytes.count
    }
    return true
  }

  /// - Returns: Whether the side lives.
  private func deliver(
    _ stream: inout Stream, to descriptor: Int32, _ way: Way, _ connection: Connection?, _ weather: ChaosProxy.Weather
  ) -> Bool {
    guard !way.isHeld else { return true }
    while let piece = stream.pieces.first {
      let now = Self.now()
      guard max(piece.due, stream.freeAt) <= now else { return true }
      // A throttled stream passes a hundredth of a second's worth at a time.
      var part = piece.bytes.prefix(way.bytesPerSecond.map { max($0 / 100, 1) } ?? .max)
      if let connection, let limit = connection.cutAfter {
        part = part.prefix(limit - connection.passed)
        if part.isEmpty {
          proxy.cut()
          return reset(connection)
        }
      }
      let sent = Array(part).withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard sent > 0 else { return errno == EAGAIN || errno == EINTR || errno == ENOTCONN }
      if let rate = way.bytesPerSecond { stream.freeAt = now + UInt64(sent) * 1_000_000 / UInt64(max(rate, 1)) }
      stream.pieces[0].bytes.removeFirst(sent)
      if stream.pieces[0].bytes.isEmpty { stream.pieces.removeFirst() }
      stream.byteCount -= sent
      connection?.passed += sent
      proxy.delivered(sent)
    }
    if stream.hasEnded, !stream.hasToldEnd, !weather.isHalfOpen {
      stream.hasToldEnd = true
      shutdown(descriptor, Int32(SHUT_WR))
    }
    return true
  }

  /// Both sides get a reset.
  private func reset(_ connection: Connection) -> Bool {
    for descriptor in [connection.client, connection.server] {
      var linger = linger(l_onoff: 1, l_linger: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }
    return false
  }

  /// A side has failed: so does the other, unless it shall not know.
  private func end(_ connection: Connection, _ weather: ChaosProxy.Weather) {
    guard weather.isHalfOpen else { return end(connection) }
    connection.up.hasEnded = true
    connection.down.hasEnded = true
    connection.up.pieces = []
    connection.down.pieces = []
  }

  private func end(_ connection: Connection) {
    guard !connection.isOver else { return }
    connection.isOver = true
    for descriptor in [connection.client, connection.server, connection.double].compactMap({ $0 }) { close(descriptor) }
  }
}
