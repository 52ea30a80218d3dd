import Foundation
import Glibc
import Metadata
import SocketTransport
import Support
import Testing
import Vocabulary

/// A member of etcd as a process, alone, with a proxy before it; gone with the last reference.
final class EtcdProcess: Sendable {
  /// The program: one that is installed, else what `cluster/test` unpacked.
  static let path: String? = {
    let own = "\(FileManager.default.currentDirectoryPath)/.winnow/etcd/usr/bin/etcd"
    return (["/usr/bin/etcd", own]).first { access($0, X_OK) == 0 }
  }()

  let process: ProgramProcess
  let address: String
  private let directory = TemporaryDirectory()

  /// Where it says that it does well, without TLS.
  private let healthAddress: String

  private init(tls: String?) throws {
    let (client, peer, health) = (Self.port(), Self.port(), Self.port())
    (address, healthAddress) = ("127.0.0.1:\(client)", "127.0.0.1:\(health)")
    let (own, others) = ("http\(tls == nil ? "" : "s")://\(address)", "http://127.0.0.1:\(peer)")
    let files = tls.map { tls in
      [
        "--cert-file", "\(tls)/certificate.pem", "--key-file", "\(tls)/key.pem", "--trusted-ca-file",
        "\(tls)/authority.pem", "--client-cert-auth",
      ]
    }
    process = try ProgramProcess(
      "etcd",
      [
        "--data-dir", "\(directory.path)/etcd", "--listen-client-urls", own, "--advertise-client-urls", own,
        "--listen-peer-urls", others, "--initial-advertise-peer-urls", others, "--initial-cluster", "default=\(others)",
        "--listen-metrics-urls", "http://\(healthAddress)",
      ] + (files ?? []), path: Self.path)
  }

  /// A member that takes connections. A port that was free may be taken before etcd listens there: then another try.
  ///
  /// - Parameter tls: The directory of its certificate, if it is under TLS and serves only who shows one.
  static func start(tls: String? = nil) async throws -> EtcdProcess {
    for _ in 1...5 {
      let etcd = try EtcdProcess(tls: tls)
      while etcd.process.isAlive {
        let socket = RawSocket(port: etcd.healthAddress)
        defer { socket.close() }
        socket.write(Array("GET /health HTTP/1.0\r\n\r\n".utf8))
        let answer = String(decoding: try await socket.read(seconds: 1) { !$0.isEmpty }.bytes, as: UTF8.self)
        if answer.contains("\"true\"") { return etcd }
        try await Task.sleep(for: .milliseconds(20))
      }
    }
    throw ProgramProcess.Unexpected(description: "etcd does not start")
  }

  /// A port of loopback that is free at the moment.
  static func port() -> UInt16 {
    let descriptor = RawSocket.unconnected()
    defer { close(descriptor) }
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let found = withUnsafeMutablePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    precondition(found, "no port: \(errno)")
    return UInt16(bigEndian: place.sin_port)
  }
}

extension ClusterSuite {
  /// The store over etcd, with real processes.
  @Suite(.enabled(if: EtcdProcess.path != nil, "etcd-server is not installed"))
  struct EtcdTests {
    private static func store(_ address: String, _ prefix: String, _ loops: EventLoopGroup) -> EtcdStore {
      EtcdStore(members: [address], prefix: prefix, network: SocketNetwork(group: loops), timers: loops.loops[0])
    }

    /// Why a store did not do what it was asked for; `nil` if it did.
    private static func fault(
      _ body: () async throws(MetadataError) -> MetadataValue?
    ) async -> MetadataError? {
      do throws(MetadataError) {
        _ = try await body()
        return nil
      } catch { return error }
    }

    private static func isUnavailable(_ error: MetadataError?) -> Bool {
      if case .unavailable = error { true } else { false }
    }

    private static func pause() async { try? await Task.sleep(for: .milliseconds(20)) }

    @Test func aValueIsWrittenOnceReadAndWatched() async throws {
      let etcd = try await EtcdProcess.start()
      let loops = try EventLoopGroup(loopCount: 1)
      let (one, other) = (Self.store(etcd.address, "shop", loops), Self.store(etcd.address, "shop", loops))
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await other.run() }
        var news = other.watch(.shardMap).makeAsyncIterator()
        let change = MetadataChange(.shardMap, [1, 2, 3], expected: nil, writer: 1, number: 7)
        let first = try await one.compareAndSet(change)
        #expect(try await one.compareAndSet(change) == first, "the same change is made once")
        #expect(try await other.get(.shardMap) == first)
        #expect(await news.next() == first)
        let late = MetadataChange(.shardMap, [9], expected: nil, writer: 2, number: 8)
        let refusal = await Self.fault { () throws(MetadataError) in try await other.compareAndSet(late) }
        #expect(refusal == .conflict(first))
        let second = try await other.compareAndSet(.init(.shardMap, [], expected: first.revision, writer: 2, number: 9))
        #expect(second.revision > first.revision && second.bytes.isEmpty)
        #expect(try await one.compareAndSet(change) == second, "ours lies below a later one")
        #expect(await news.next() == second)
        #expect(try await Self.store(etcd.address, "other", loops).get(.shardMap) == nil)
        let tooLarge = MetadataChange(
          .shardMap, [UInt8](repeating: 1, count: 2_000_000), expected: second.revision, writer: 1, number: 10)
        let size = await Self.fault { () throws(MetadataError) in try await one.compareAndSet(tooLarge) }
        #expect(Self.isUnavailable(size) && size?.text.contains("too large") == true, "\(String(describing: size))")
        #expect(try await one.get(.shardMap) == second)
        group.cancelAll()
      }
    }

    @Test func writersBehindALineThatBreaksHaveOneOrder() async throws {
      let etcd = try await EtcdProcess.start()
      let loops = try EventLoopGroup(loopCount: 1)
      let proxy = ChaosProxy(to: etcd.address)
      defer { proxy.stop() }
      var (made, undecided) = (0, 0)
      for seed in TestScale.seeds(20, full: 1000) {
        let history = MetadataHistory()
        let isOver = Lock(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask {
            var random = SeededRandom(seed: seed)
            while !isOver.withLock({ $0 }) {
              proxy.weather.cutAfterByteCount = Int.random(in: 1...3000, using: &random)
              if Int.random(in: 0..<4, using: &random) == 0 { proxy.resetAll() }
              try? await Task.sleep(for: .milliseconds(Int.random(in: 1...12, using: &random)))
            }
            proxy.weather.cutAfterByteCount = nil
          }
          group.addTask {
            defer { isOver.withLock { $0 = true } }
            try await withThrowingTaskGroup(of: Void.self) { writers in
              for writer: UInt64 in 0..<3 {
                writers.addTask {
                  let store = Self.store(proxy.address, "h\(seed)", loops)
                  try await history.write(to: store, steps: 12, seed: seed &* 4 &+ writer) { await Self.pause() }
                }
              }
              try await writers.waitForAll()
            }
          }
          try await group.waitForAll()
        }
        try await history.read(Self.store(etcd.address, "h\(seed)", loops)) { await Self.pause() }
        #expect(history.faults().isEmpty, "\(history.faults().prefix(3)), seed \(seed)")
        made += history.counts.made
        undecided += history.counts.undecided
      }
      #expect(made > 0 && undecided > 0)
      TestScale.tell("\(made) changes made, \(undecided) answers lost")
    }

    @Test func etcdUnderTLSIsAskedWithACertificate() async throws {
      let folder = TemporaryDirectory()
      let tls = "\(folder.path)/tls"
      func winnow(_ arguments: [String]) async throws -> (code: Int32, text: String) {
        let process = try ProgramProcess("winnow", arguments)
        return (try await process.exitCode(within: 60), process.output + process.errors)
      }
      for place in [tls, "\(folder.path)/other"] {
        let made = try await winnow(["tls", "init", place, "--node", "coordinator=127.0.0.1"])
        try #require(made.code == 0, "\(made.text)")
      }
      let bare = "\(folder.path)/bare"
      try FileManager.default.createDirectory(atPath: bare, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: "\(tls)/coordinator/authority.pem", toPath: "\(bare)/authority.pem")
      let etcd = try await EtcdProcess.start(tls: "\(tls)/coordinator")
      let shard = try ProgramProcess(
        "winnowd", ["shard", "--memory-only", "--listen", ProgramProcess.lastingAddress, "--threads", "1"])
      let shardAddress = try await shard.address()
      func coordinator(_ data: String, _ url: String, _ directory: String?) throws -> ProgramProcess {
        try ProgramProcess(
          "winnowd",
          [
            "coordinator", "--listen", ProgramProcess.lastingAddress, "--data-dir", "\(folder.path)/\(data)",
            "--shards", shardAddress, "--threads", "1", "--metadata", "etcd", "--etcd", url,
          ] + (directory.map { ["--etcd-tls-dir", $0] } ?? []))
      }
      let url = "https://\(etcd.address)"
      for (place, directory, code, words) in [
        (url, nil, 2, "--etcd-tls-dir"), ("http://\(etcd.address)", bare, 2, "no effect"),
        ("\(url),http://10.0.0.1:2379", bare, 2, "others without"), (url, "\(folder.path)/none", 2, "authority.pem"),
        (url, bare, 5, "etcd"), (url, "\(folder.path)/other/coordinator", 5, "certificate does not hold"),
        ("http://\(etcd.address)", nil, 5, "etcd"),
      ] as [(String, String?, Int32, String)] {
        let refused = try coordinator("refused", place, directory)
        #expect(try await refused.exitCode(within: 60) == code, "\(refused.errors)")
        #expect(refused.errors.contains(words), "\(refused.errors)")
      }
      let schema = "\(folder.path)/schema.json"
      try Data(#"{"embedding_dimension": 2, "rerank_dimension": 0, "attributes": []}"#.utf8)
        .write(to: URL(filePath: schema))
      var first: ProgramProcess? = try coordinator("first", url, "\(tls)/coordinator")
      var address = try await first?.address() ?? ""
      var made = try await winnow(["collection", "create", "shop", "--schema", schema, "--coordinator", address])
      for _ in 0..<100 where made.code != 0 {
        await Self.pause()
        made = try await winnow(["collection", "create", "shop", "--schema", schema, "--coordinator", address])
      }
      #expect(made.code == 0, "\(made.text)")
      first = nil
      // Another coordinator, with a directory of its own, finds it there.
      let second = try coordinator("second", url, "\(tls)/coordinator")
      address = try await second.address()
      let list = try await winnow(["collection", "list", "--coordinator", address, "--timeout", "20s"])
      #expect(list.code == 0 && list.text.contains("shop"), "\(list.text)")
    }

    @Test func aMemberThatStandsStillOrIsGoneIsSaid() async throws {
      let etcd = try await EtcdProcess.start()
      let loops = try EventLoopGroup(loopCount: 1)
      let store = Self.store(etcd.address, "shop", loops)
      let first = try await store.compareAndSet(.init(.shardMap, [1], expected: nil, writer: 1, number: 1))
      try await etcd.process.pause()
      let change = MetadataChange(.shardMap, [2], expected: first.revision, writer: 1, number: 2)
      let silence = await Self.fault { () throws(MetadataError) in try await store.compareAndSet(change) }
      guard case .undecided = silence else {
        Issue.record("a member that stands still answered: \(String(describing: silence))")
        return
      }
      let reading = await Self.fault { () throws(MetadataError) in try await store.get(.shardMap) }
      #expect(Self.isUnavailable(reading))
      etcd.process.signal(SIGCONT)
      var waits = 0
      while await Self.fault({ () throws(MetadataError) in try await store.compareAndSet(change) }) != nil, waits < 1500
      {
        waits += 1
        await Self.pause()
      }
      let second = try await store.get(.shardMap)
      #expect(second?.bytes == [2])
      etcd.process.signal(SIGKILL)
      _ = try await etcd.process.exitCode()
      let end = await Self.fault { () throws(MetadataError) in try await store.get(.shardMap) }
      #expect(Self.isUnavailable(end))
    }
  }
}
