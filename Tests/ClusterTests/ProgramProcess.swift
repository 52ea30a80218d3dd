import Foundation
import Glibc
import SocketTransport
import Support
import Synchronization
import Vocabulary

/// A program of the build folder as a process of its own, which never outlives the test: it is killed when the last
/// reference goes, and by a watchdog if the tests themselves die.
final class ProgramProcess: Sendable {
  /// It did not do in time what the test waits for.
  struct Unexpected: Error, CustomStringConvertible {
    let description: String
  }

  /// Where `winnow` and `winnowd` are: `PROGRAMS_UNDER_TEST`, or what was built along with the tests.
  private static let programFolder =
    ProcessInfo.processInfo.environment["PROGRAMS_UNDER_TEST"] ?? Bundle.main.bundleURL.path

  let pid: pid_t
  private let name: String
  private let directory = TemporaryDirectory()
  /// The write end of the watchdog's standard input.
  private let leash: Int32
  private let watchdog: pid_t
  /// The code that the process ended with; 128 and the signal's number if one ended it.
  private let ended = Lock<Int32?>(nil)

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - prefix: What starts the program in its own process, such as `prlimit` with its flags.
  ///   - path: Of the executable; `nil`: that of the programs under test.
  init(
    _ name: String, _ arguments: [String], prefix: [String] = [], path: String? = nil,
    environment: [String: String] = [:]
  ) throws {
    self.name = ([name] + arguments).joined(separator: " ")
    let command = prefix + [path ?? "\(Self.programFolder)/\(name)"] + arguments
    let out = "\(directory.path)/out"
    let errors = "\(directory.path)/errors"
    // What one run remembers of its pushes is none of the next, nor of the person who runs the tests.
    let state = ["XDG_STATE_HOME": directory.path].merging(environment) { $1 }
    pid = try Self.spawn(command, input: nil, output: out, errors: errors, state)
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw Unexpected(description: "no pipe: errno \(errno)") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    leash = ends[1]
    watchdog = try Self.spawn(
      ["/bin/sh", "-c", "read word; [ \"$word\" = done ] || kill -KILL \(pid)"], input: ends[0], output: "/dev/null",
      errors: "/dev/null", [:])
    close(ends[0])
  }

  deinit { stop() }

  private static func spawn(
    _ command: [String], input: Int32?, output: String, errors: String, _ environment: [String: String]
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A test runner may have changed what signals do; a program starts with the defaults.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGINT, SIGTERM, SIGPIPE, SIGHUP] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("WINNOW") }
    variables["SWIFT_BACKTRACE"] = "enable=no"
    // A node that starts again at its old port must not find the port beside it taken.
    variables["WINNOW_ADMIN_LISTEN"] = "127.0.0.1:0"
    variables.merge(environment) { $1 }
    var argv: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var pid: pid_t = 0
    let status = posix_spawnp(&pid, command[0], &actions, &attributes, &argv, &envp)
    guard status == 0 else { throw Unexpected(description: "cannot start \(command[0]): errno \(status)") }
    return pid
  }

  /// An address that is free and stays so while its node is down: the system gives no connection such a port, as it
  /// may with one that it has chosen for a node itself.
  static var lastingAddress: String {
    while true {
      let address = "127.0.0.1:\(UInt16.random(in: 10_000..<32_000))"
      guard let socket = try? ListeningSocket(address) else { continue }
      socket.close()
      return address
    }
  }

  // MARK: What it says

  var output: String { Self.text("\(directory.path)/out") }
  var errors: String { Self.text("\(directory.path)/errors") }

  private static func text(_ path: String) -> String {
    (try? Data(contentsOf: URL(filePath: path))).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// The address at which a node says that it listens.
  func address() async throws -> String {
    try await waited("listening") {
      output.split(separator: "\n").first { $0.contains(" listening on ") }?.split(separator: " ").last.map(String.init)
    }
  }

  /// The address at which a node says that it answers HTTP.
  func adminAddress() async throws -> String {
    try await waited("its admin port") {
      output.split(separator: "\n").first { $0.contains(" admin HTTP at ") }?.split(separator: "/").last
        .map(String.init)
    }
  }

  /// Bytes of memory that are resident, or 0 after the end.
  var residentByteCount: Int {
    let status = Self.text("/proc/\(pid)/status")
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return (line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
  }

  // MARK: Signals and the end

  var isAlive: Bool { code() == nil }

  func signal(_ signal: Int32) { if isAlive { kill(pid, signal) } }

  /// Pauses the process until SIGCONT; a thread of it may do a little more after the signal was sent.
  func pause() async throws {
    signal(SIGSTOP)
    let tasks = "/proc/\(pid)/task"
    try await waited("all of its threads at rest") {
      let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
      let isAtRest = threads.allSatisfy { thread in
        // The state stands behind the name, which is in parentheses.
        Self.text("\(tasks)/\(thread)/stat").split(separator: ")").last?.hasPrefix(" T") ?? true
      }
      return isAtRest ? true : nil
    }
  }

  /// The code that the process ends with, waited for.
  func exitCode(within seconds: Int = 30) async throws -> Int32 {
    try await waited("its end", seconds: seconds) { code() }
  }

  private func code() -> Int32? {
    ended.withLock { ended in
      if let ended { return ended }
      var status: Int32 = 0
      guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
      ended = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
      return ended
    }
  }

  /// Kills the process if it runs, and the watchdog; may be called more than once.
  func stop() {
    if isAlive {
      kill(pid, SIGKILL)
      for _ in 0..<1000 where isAlive { usleep(5000) }
    }
    var status: Int32 = 0
    guard waitpid(watchdog, &status, WNOHANG) == 0 else { return }
    _ = write(leash, "done\n", 5)
    close(leash)
    waitpid(watchdog, &status, 0)
  }

  @discardableResult
  private func waited<Value>(_ what: String, seconds: Int = 30, _ look: () -> Value?) async throws -> Value {
    for _ in 0..<seconds * 50 {
      if let value = look() { return value }
      if what != "its end", let code = code() {
        throw Unexpected(description: "\(name) ended with \(code) before \(what)\n\(output)\(errors)")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw Unexpected(description: "\(name): no \(what) within \(seconds) s\n\(output)\(errors)")
  }
}
