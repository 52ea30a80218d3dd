import Arguments
import Glibc
import Kernels
import Security
import SocketTransport
import Storage
import Telemetry
import Transport
import Vocabulary
import Wire

/// The surroundings of both roles: loops, a compute pool, a log, and a server that ends with a signal.
struct Node {
  let role: String
  let values: Values
  let group: EventLoopGroup
  /// To the cluster's nodes and clients.
  let network: SocketNetwork
  let security: NodeSecurity
  let compute: ComputePool
  let log: Log
  let isa: InstructionSet
  /// `nil`: none was wanted.
  let admin: AdminPort?
  /// `nil`: the process was not started by one.
  private let supervisor: Supervisor?

  var kernels: KernelSet { KernelSet(isa) }

  init(_ values: Values) async throws(StartFailure) {
    self.values = values
    role = values.command
    let environment = ProcessContext.environment
    supervisor = Supervisor { environment[$0] }
    let descriptors = DescriptorLimit.raise()
    do throws(NetworkError) {
      group = try EventLoopGroup(loopCount: values[Commands.eventLoops])
    } catch { throw StartFailure("winnowd: cannot start an event loop: \(error.text)") }
    security = try NodeSecurity(values, role: role)
    if let tls = security.tls {
      do throws(NetworkError) {
        // Strangers who begin handshakes cost queries little.
        let door = try EventLoop(named: "door", givingWay: 5)
        network = SocketNetwork(group: group, security: tls.network, doorLoop: door)
      } catch { throw StartFailure("winnowd: cannot start an event loop: \(error.text)") }
    } else {
      network = SocketNetwork(group: group)
    }
    let threads = values[Commands.threads]
    compute = ComputePool(threadCount: threads == 0 ? ComputePool.coreCount : threads)
    log = Log(
      format: values[Commands.logFormat] == "json" ? .json : .keyValue,
      level: Log.Level(word: values[Commands.logLevel]) ?? .info, clock: SystemClock(), time: Log.presentTime,
      sink: Log.standardError)
    isa = try Self.isa(values)
    let (connections, reserve) = (values[Commands.connections], DescriptorLimit.reserve(of: descriptors))
    if descriptors - reserve < connections {
      log(
        .warning, "fewer descriptors than --connections needs: further connections are closed at once",
        [
          "limit": LogValue(descriptors), "connections": LogValue(connections), "reserve": LogValue(reserve),
          "hint": "raise the hard limit (ulimit -Hn, LimitNOFILE of systemd), or lower --connections",
        ])
    }
    if !security.knowsPeers {
      try Self.checkLoopback(values[Commands.listen], flag: Commands.listen, values, log)
    }
    admin = try await AdminPort(values, security, group.loops[0], log, role: role, isa: isa.rawValue)
  }

  /// Name and version, as the handshake says them.
  static let program = "winnowd \(Version.text)"

  var compression: Compression { values[Commands.compression] == "lz4" ? .all : .none }

  /// Signals that mean nothing to a node: it reads its flags once, and its log goes where standard error goes.
  static let idleSignals: [Signals.Signal] = [.hangUp, .user1, .user2]

  /// How long a node may take for its end besides `--drain-timeout`: its disk may hang.
  private static let endMicrosecondsMax: UInt64 = 30_000_000

  /// Serves until SIGTERM, SIGINT or a failure of the disk, then lets what is in flight finish.
  ///
  /// - Returns: The failure, if it was one.
  @discardableResult
  func serve(
    _ handler: any RequestHandler, started: (Server) -> Void, draining: () async -> Void,
    failures: AsyncStream<StorageError>? = nil
  ) async throws(StartFailure) -> StorageError? {
    let address = values[Commands.listen]
    let server: Server
    let signals: AsyncStream<Signals.Signal>
    do throws(NetworkError) {
      signals = try await Signals.stream(of: [.terminate, .interrupt] + Self.idleSignals, on: group.next())
      server = try await Server.listen(
        address.description, over: network, handler: handler, configuration: configuration, random: SystemRandom())
    } catch { throw StartFailure("winnowd \(role): cannot listen on \(address): \(error.text)") }
    started(server)
    log(
      .info, "listening", ["role": .text(role), "address": .text(server.address), "isa": .text(isa.rawValue)])
    ProcessContext.write("winnowd \(role) listening on \(server.address)\n")
    if let admin { ProcessContext.write("winnowd \(role) admin HTTP at \(admin.url)\n") }
    supervisor?.tell("READY=1\nSTATUS=listening on \(server.address)")
    let failure = await failure(before: signals, failures, server)
    if let failure { log(.error, "storage failed", ["role": .text(role), "error": .text(failure.text)]) }
    log(.info, "draining", ["role": .text(role)])
    supervisor?.tell("STOPPING=1\nSTATUS=draining")
    endNoLater()
    await draining()
    await server.drain()
    await admin?.close()
    log(.info, "stopped", ["role": .text(role)])
    return failure
  }

  /// Waits for a signal or a failure, whichever comes first.
  private func failure(
    before signals: AsyncStream<Signals.Signal>, _ failures: AsyncStream<StorageError>?, _ server: Server
  ) async -> StorageError? {
    await withTaskGroup(of: StorageError?.self) { group in
      group.addTask {
        for await signal in signals {
          guard Self.idleSignals.contains(signal) else { break }
          if security.hasFiles, signal == .hangUp {
            security.reload(server, log)
            continue
          }
          log(
            .info, "signal without effect",
            ["signal": .text(signal.name), "hint": "a node reads its flags when it starts; SIGTERM ends it"])
        }
        return nil
      }
      if security.hasFiles {
        group.addTask { [loop = self.group.loops[0]] in
          while !Task.isCancelled {
            await loop.sleep(until: loop.clock.now().advanced(microseconds: NodeSecurity.pollMicroseconds))
            security.reload(server, log)
          }
          return nil
        }
      }
      if let supervisor, let period = supervisor.watchdogMicroseconds {
        group.addTask { [loop = self.group.loops[0]] in
          while !Task.isCancelled {
            supervisor.tell("WATCHDOG=1")
            await loop.sleep(until: loop.clock.now().advanced(microseconds: period / 2))
          }
          return nil
        }
      }
      if let failures { group.addTask { await failures.first { _ in true } } }
      defer { group.cancelAll() }
      return await group.next() ?? nil
    }
  }

  /// Ends the process if it still waits for something then: all writes that it has acknowledged are on disk.
  private func endNoLater() {
    let (loop, log) = (group.loops[0], log)
    let drain = values[Commands.drainTimeout].wholeMicroseconds
    loop.schedule(at: loop.clock.now().advanced(microseconds: drain + Self.endMicrosecondsMax)) {
      log(.error, "stopped before its work had ended", [:])
      exit(ExitCode.failed.rawValue)
    }
  }

  private var configuration: ServerConfiguration {
    var configuration = ServerConfiguration()
    configuration.compression = compression
    configuration.access = security.keys
    configuration.connectionsMax = values[Commands.connections]
    configuration.requestBytesMax = min(configuration.requestBytesMax, Self.memoryBytes / 4)
    let drain = values[Commands.drainTimeout].wholeMicroseconds
    configuration.client.drainMicroseconds = drain
    configuration.peer.drainMicroseconds = drain
    return configuration
  }

  /// Opens a role's data directory.
  static func lock(_ path: String, _ role: String) throws(StartFailure) -> DataDirectory {
    do throws(DiskError) { return try DataDirectory(path, on: RealDisk()) } catch {
      throw StartFailure("winnowd \(role): \(error.text)", .storageFailed)
    }
  }

  /// The machine's memory, or the container's limit if that is less.
  static var memoryBytes: Int {
    let text = (try? RealDisk().read("/sys/fs/cgroup/memory.max", limit: 64)).flatMap { $0 } ?? []
    let container = Int(String(decoding: text.prefix { $0 != 0x0A }, as: UTF8.self)) ?? .max
    return min(Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE))), container)
  }

  private static func isa(_ values: Values) throws(StartFailure) -> InstructionSet {
    let name = values[Commands.isa]
    guard name != "auto" else { return .best }
    guard let isa = InstructionSet(rawValue: name), InstructionSet.available.contains(isa) else {
      let available = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
      throw StartFailure(
        values.complaint(about: Commands.isa, "is not available here; available: \(available)"), .usage)
    }
    return isa
  }

  /// Refuses a flag of the command line that has no effect; those of the environment or a config file may be meant for
  /// other nodes.
  static func refuse(_ flag: some Argument, _ values: Values, _ why: String) throws(StartFailure) {
    guard values.source(flag) == .commandLine else { return }
    throw StartFailure(values.complaint(about: flag, "has no effect \(why)"), .usage)
  }

  /// Without authentication a node listens on loopback, unless it is told to take the risk.
  static func checkLoopback(
    _ address: HostPort, flag: some Argument, _ values: Values, _ log: Log
  ) throws(StartFailure) {
    guard !address.isLoopback else { return }
    guard values[Commands.insecureListen] else {
      let what = """
        is not a loopback address, and every program that reaches it could read and change everything: give --tls-dir \
        ('winnow tls init' makes it) and, on a coordinator, --keys or --tls-clients required; or add --insecure-listen if the \
        network is trusted
        """
      throw StartFailure(values.complaint(about: flag, what), .usage)
    }
    log(
      .warning, "INSECURE: listening beyond loopback without authentication or encryption",
      ["flag": .text(flag.row.name), "address": .text(address.description)])
  }
}

extension HostPort {
  /// Whether only this machine reaches it.
  var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}

extension NetworkError {
  /// The words for people.
  var text: String {
    switch self {
    case .addressInUse: "the address is in use"
    case .badAddress: "not an address of this machine; give an IP address or localhost"
    case .refused: "refused"
    case .timedOut: "timed out"
    case .cancelled: "cancelled"
    case .insecure(let fault): fault.text
    case .system(let number): "errno \(number)"
    }
  }
}
