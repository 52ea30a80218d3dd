import Storage
import Support
import Transport
import Vocabulary

/// A machine of a simulation: a disk, a place on the network, and the process that runs on it, if one does.
final class Machine: Sendable {
  /// A process from its start to its death.
  struct Process: Sendable {
    /// Its event loop.
    let loop: Lane
    /// Its compute pool.
    let compute: Lane
    /// Its disk thread.
    let disk: Lane
    /// Its side of the network.
    let network: MemoryHost
    let random: SeededRandomSource

    var lanes: [Lane] { [loop, compute, disk] }
  }

  let name: String
  let disk = MemoryDisk()
  private let world: World
  private let network: MemoryNetwork
  private let present = Lock<Process?>(nil)

  init(_ name: String, _ world: World, _ network: MemoryNetwork) {
    self.name = name
    self.world = world
    self.network = network
  }

  /// The process that runs now.
  var process: Process? { present.withLock { $0 } }

  var isRunning: Bool { process != nil }

  /// Starts a process whose first task is `body`.
  ///
  /// - Parameter whenOver: Told if `body` ends by itself.
  func start(
    _ body: @escaping @Sendable (Process) async throws -> Void, whenOver: @escaping @Sendable () -> Void = {}
  ) {
    precondition(!isRunning, "\(name) runs")
    let loop = world.lane("\(name) loop")
    let process = Process(
      loop: loop, compute: world.lane("\(name) compute", isOrdered: false), disk: world.lane("\(name) disk"),
      network: MemoryHost(name, on: network, executor: loop), random: SeededRandomSource(seed: world.draw()))
    network.powerOn(name)
    present.withLock { $0 = process }
    Task(executorPreference: loop) {
      do { try await body(process) } catch { self.world.note("\(self.name) ended: \(error)") }
      whenOver()
    }
  }

  /// Ends the process in the middle of whatever it does; what it wrote stays.
  func kill() {
    guard end() else { return }
    network.crash(name)
    disk.restart()
  }

  /// Ends the process by a loss of power: of what it wrote and did not sync, each sector may be lost, and its peers
  /// hear nothing until it is back.
  func losePower() {
    guard end() else { return }
    network.powerOff(name)
    disk.losePower { self.world.draw() % 2 == 0 }
  }

  /// Stops the process where it is, or lets it go on.
  func pause(_ isPaused: Bool) {
    for lane in present.withLock({ $0?.lanes }) ?? [] { lane.pause(isPaused) }
  }

  private func end() -> Bool {
    let process = present.withLock { process in
      defer { process = nil }
      return process
    }
    for lane in process?.lanes ?? [] { lane.end() }
    return process != nil
  }
}
