import CLinux
import Glibc
import Security
import Transport
import Vocabulary

/// One dial on its way: tries addresses one after another until a socket connects. On its loop only.
final class DialAttempt: EventHandler, @unchecked Sendable {
  // SAFETY: every call after `init` comes on the loop's thread.
  private let name: String
  private let loop: EventLoop
  private let receiver: (any ByteLink) -> any LinkReceiver
  private var addresses: ArraySlice<wl_address>
  private var continuation: CheckedContinuation<Result<Void, NetworkError>, Never>?
  private var connecting: (descriptor: Int32, tag: UInt64, address: wl_address)?
  private var timer: UInt64 = 0
  private var isCancelled = false
  /// Under TLS: its settings and the host that is dialled.
  private let security: (settings: NetworkSecurity, host: String)?
  private var handshake: SecureHandshake?
  private var deadline = Instant(nanoseconds: 0)

  init(
    _ name: String, addresses: [wl_address], loop: EventLoop, security: (settings: NetworkSecurity, host: String)?,
    receiver: @escaping @Sendable (any ByteLink) -> any LinkReceiver
  ) {
    self.name = name
    self.addresses = addresses[...]
    self.loop = loop
    self.security = security
    self.receiver = receiver
  }

  func start(deadline: Instant, _ continuation: CheckedContinuation<Result<Void, NetworkError>, Never>) {
    self.continuation = continuation
    guard !isCancelled else { return finish(.failure(.cancelled)) }
    guard loop.clock.now() < deadline else { return finish(.failure(.timedOut)) }
    self.deadline = deadline
    timer = loop.schedule(at: deadline) { self.finish(.failure(.timedOut)) }
    tryNext(after: .refused(name))
  }

  func cancel() {
    isCancelled = true
    finish(.failure(.cancelled))
  }

  func loopStops() { cancel() }

  func handle(events: UInt32) {
    guard let connecting else { return }
    let status = wl_socket_error(connecting.descriptor)
    guard status == 0 else {
      giveUpSocket()
      tryNext(after: .forAddress(name, errno: -status))
      return
    }
    loop.unwatch(connecting.descriptor, tag: connecting.tag)
    self.connecting = nil
    let peerAddress = SocketAddress.text(of: connecting.address)
    guard let security else {
      let link = SocketLink(descriptor: connecting.descriptor, peerAddress: peerAddress, loop: loop)
      link.start(receiver)
      return finish(.success(()))
    }
    do throws(TLSFault) {
      let session = try security.settings.dialling(security.host)
      let handshake = SecureHandshake(connecting.descriptor, session, on: loop)
      self.handshake = handshake
      handshake.start(deadline: deadline) { self.shookHands($0, connecting.descriptor, peerAddress) }
    } catch {
      wl_close(connecting.descriptor)
      finish(.failure(.insecure(error)))
    }
  }

  private func shookHands(_ result: SecureHandshake.Result, _ descriptor: Int32, _ peerAddress: String) {
    handshake = nil
    switch result {
    case .success(let done):
      let opening = SecureStream.Opening(descriptor: descriptor, session: done.session, early: done.early)
      SocketLink(opening, peerAddress: peerAddress, loop: loop).start(receiver)
      finish(.success(()))
    case .failure(let error): finish(.failure(error))
    }
  }

  private func tryNext(after error: NetworkError) {
    guard var address = addresses.popFirst() else { return finish(.failure(error)) }
    // SAFETY: the pointer covers a local value for the call.
    let descriptor = unsafe wl_dial(&address)
    guard descriptor >= 0 else { return tryNext(after: .forAddress(name, errno: -descriptor)) }
    do throws(NetworkError) {
      let tag = try loop.watch(descriptor, events: WL_WRITABLE, handler: self)
      connecting = (descriptor, tag, address)
    } catch {
      wl_close(descriptor)
      finish(.failure(error))
    }
  }

  private func giveUpSocket() {
    guard let connecting else { return }
    loop.unwatch(connecting.descriptor, tag: connecting.tag)
    wl_close(connecting.descriptor)
    self.connecting = nil
  }

  private func finish(_ result: Result<Void, NetworkError>) {
    guard let continuation else { return }
    self.continuation = nil
    giveUpSocket()
    handshake?.cancel()
    if timer != 0 { loop.cancelTimer(timer) }
    continuation.resume(returning: result)
  }
}
