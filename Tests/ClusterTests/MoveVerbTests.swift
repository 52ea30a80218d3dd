import Foundation
import Support
import Testing
import Transport
import Vocabulary
import Wire

extension ClusterSuite {
  /// Moves of slots by `winnow` against real processes: steered by verbs, and with every party killed.
  @Suite struct MoveVerbTests {
    private func winnow(_ address: String, _ arguments: String...) async throws -> (code: Int32, output: String) {
      let process = try ProgramProcess("winnow", ["--coordinator", address, "--timeout", "20s"] + arguments)
      return (try await process.exitCode(within: 120), process.output + process.errors)
    }

    /// Waits until `winnow cluster status` says of the moves what the test expects.
    private func wait(_ address: String, until state: String) async throws -> String {
      var last = ""
      for _ in 0..<600 {
        // The exit code says whether shards are missing.
        last = try await winnow(address, "--format", "json", "cluster", "status").output
        let moves = last[(last.range(of: "\"moves\": {")?.upperBound ?? last.endIndex)...]
        if moves.contains("\"state\": \"\(state)\"") { return last }
        if moves.contains("\"state\": \"stopped\"") {
          _ = try await winnow(address, "cluster", "resume", "--throttle", "100MiB")
        }
        try await Task.sleep(for: .milliseconds(100))
      }
      throw ProgramProcess.Unexpected(description: "the moves are never \(state): \(last)")
    }

    @Test func movesArePlannedPausedResumedAndCancelled() async throws {
      var shape = RandomShop.Shape()
      shape.itemCount = 300
      let shop = try #require(try RandomShop(shape, seed: 4))
      try await ProcessCluster.run(shardCount: 2) { cluster in
        try await cluster.fill(shop)
        let address = cluster.address
        let dry = try await winnow(address, "shard", "move", "100", "--from", "0", "--to", "1", "--dry-run")
        #expect(dry.code == 0 && dry.output.contains("100 of 4096 slots"), "\(dry)")
        for step in ["pause", "resume"] { #expect(try await winnow(address, "cluster", step).code == 7) }

        // So slow that it takes for ever.
        let begun = try await winnow(
          address, "shard", "move", "200", "--from", "0", "--to", "1", "--throttle", "1", "--wait=false")
        #expect(begun.code == 0, "\(begun)")
        for second in [["shard", "drain", "0"], ["cluster", "rebalance"], ["shard", "remove", "0"]] {
          let process = try ProgramProcess("winnow", ["--coordinator", address] + second)
          #expect(try await process.exitCode() == 7)
          #expect(process.errors.contains("in progress"), "\(process.errors)")
        }
        #expect(try await winnow(address, "cluster", "pause").code == 0)
        #expect(try await wait(address, until: "paused").contains("\"bytes_per_second\": 1,"))
        #expect(try await winnow(address, "cluster", "resume", "--throttle", "1GiB").code == 0)
        #expect(try await wait(address, until: "at rest").contains("\"slots\": 1848"))

        #expect(
          try await winnow(address, "cluster", "rebalance", "--throttle", "1", "--wait=false").code == 0)
        #expect(try await winnow(address, "cluster", "cancel").code == 0)
        _ = try await wait(address, until: "at rest")
        let back = try await winnow(address, "cluster", "rebalance", "--verify")
        #expect(back.code == 0 && back.output.contains("verified"), "\(back)")
        let events = try await winnow(address, "cluster", "events", "--since", "1h")
        let words = [
          "shard move", "cluster pause", "cluster resume", "moves are done", "cluster cancel", "moves are cancelled",
          "CONFLICT", " at 127.0.0.1:",
        ]
        #expect(events.code == 0 && words.allSatisfy { events.output.contains($0) }, "\(events)")
        let asker = try await cluster.connect()
        #expect(try await asker.ask(StatusRequest()).shards.map(\.slots) == [2048, 2048])
        await asker.connection.close()

        // Of two shards one can be drained; the last one stays.
        #expect(try await winnow(address, "shard", "drain", "0").code == 0)
        #expect(try await winnow(address, "shard", "remove", "0").code == 0)
        let last = try await winnow(address, "shard", "drain", "1")
        #expect(last.code == 7 && last.output.contains("the last shard cannot be drained"), "\(last)")
      }
    }

    @Test func killsOfEveryPartyAmidMovesLoseNothing() async throws {
      var plan = ChaosCluster.Plan()
      plan.shardFlags = ["--data-dir", "DATA"]
      let data = TemporaryDirectory()
      let flags = ["--data-dir", "\(data.path)/spare", "--threads", "1"]
      let spare = try ProgramProcess("winnowd", ["shard", "--listen", ProgramProcess.lastingAddress] + flags)
      let spareAddress = try await spare.address()
      let spares = Lock([spare])
      defer { for spare in spares.withLock({ $0 }) { spare.stop() } }
      try await ChaosCluster.run(plan) { cluster in
        let ledger = try ChaosLedger(cluster, itemCount: 400, seed: 32)
        try await ledger.fill()
        let address = cluster.front.address
        let added = try await winnow(
          address, "shard", "add", spareAddress, "--throttle", "2KiB", "--verify", "--wait=false")
        #expect(added.code == 0, "\(added)")
        for party in 0..<6 {
          try await ledger.work(6)
          switch party % 3 {
          case 0: try await cluster.restartShard(party % 2)
          case 1:
            spares.withLock { $0.last }?.stop()
            try await ledger.work(2)
            let again = try ProgramProcess("winnowd", ["shard", "--listen", spareAddress] + flags)
            spares.withLock { $0.append(again) }
            _ = try await again.address()
          default: try await cluster.restartCoordinator()
          }
        }
        _ = try await winnow(address, "cluster", "resume", "--throttle", "100MiB")
        let done = try await wait(address, until: "at rest")
        #expect(done.contains("\"slots\": 1366") && done.contains("\"slots\": 1365"), "\(done)")
        try await ledger.verify()
        #expect(ledger.counts.settled > 400)

        let drained = try await winnow(address, "shard", "drain", "0", "--verify")
        #expect(drained.code == 0, "\(drained)")
        #expect(try await winnow(address, "shard", "remove", "0").code == 0)
        cluster.shards[0].stop()
        try await ledger.verify()
        try await ledger.work(20)
        try await ledger.verify()
        let metrics = try await winnow(address, "cluster", "metrics").output
        #expect(metrics.contains("winnow_query_duplicates_total 0"))
        await ledger.close()
      }
    }
  }
}
