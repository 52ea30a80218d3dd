import ShardNode
import Storage
import Support
import Testing

/// Seeded losses of power, errors and flipped bits; `WINNOW_FULL=1` runs as many as the promises name.
@Suite(.serialized) struct DiskChaosTests {
  @Test func noLossOfPowerLosesWhatWasAcknowledged() async throws {
    var (losses, acknowledged) = (0, UInt64(0))
    for seed in TestScale.seeds(200, full: 2000) {
      let test = "DiskChaosTests/noLossOfPowerLosesWhatWasAcknowledged"
      acknowledged += try await TestScale.named(seed, test) {
        try await loseThePower(seed, TestScale.replay(seed, test))
      }
      losses += 3
    }
    TestScale.tell("\(losses) losses of power, \(acknowledged) acknowledged ops: none lost")
  }

  /// - Returns: How many ops were acknowledged.
  private func loseThePower(_ seed: UInt64, _ replay: String) async throws -> UInt64 {
    var random = SeededRandom(seed: seed)
    let run = DurableRun(seed: seed)
    try await run.losePowerThrice(&random) { random in
      try await run.verify("\(replay)")
      if try await run.resend() == nil { try await run.work(25, &random) }
    }
    try await run.verify("\(replay)")
    #expect(try await run.resend() == nil, "\(replay)")
    try await run.verify("sent again, \(replay)")
    return run.acknowledged
  }

  @Test func noFlippedBitGivesAWrongAnswer() async throws {
    var random = SeededRandom(seed: 7)
    let run = DurableRun(seed: 7)
    try await run.open()
    try await run.work(60, &random)
    await run.node?.upkeep.checkpoint()
    try await run.work(30, &random)
    await run.node?.upkeep.close()
    run.disk.restart()
    let files = run.disk.sizes.filter { $0.size > 0 }
    var detected = 0
    let flips = TestScale.count(1000, full: 10_000)
    for _ in 0..<flips {
      let (path, size) = files[Int(random.next() % UInt64(files.count))]
      let bit = Int(random.next() % UInt64(size * 8))
      let disk = run.disk.copy()
      disk.flip(bit: bit, of: path)
      let copy = run.copy(on: disk)
      do { try await copy.open() } catch is StorageError {
        detected += 1
        continue
      }
      try await copy.verify("bit \(bit) of \(path)")
    }
    #expect(detected > flips / 10)
    TestScale.tell("\(flips) bits of \(files.count) files of a shard: \(detected) refused, all others harmless")
  }

  @Test func anErrorAtEachCallLosesNothing() async throws {
    let faults: [MemoryDisk.Fault] = [
      .full, .broken, MemoryDisk.Fault(code: 5, bytesWritten: 100), MemoryDisk.Fault(code: 28, bytesWritten: 13),
      MemoryDisk.Fault(code: 5, isDone: true),
    ]
    for (index, fault) in faults.enumerated() {
      for call in 1...TestScale.count(60, full: 400) {
        var random = SeededRandom(seed: 3)
        let run = DurableRun(seed: 3)
        run.disk.fail(call: TestScale.isFull ? call : call * 4 - index % 4, fault)
        if await run.opens() { try await run.work(30, &random) }
        run.disk.losePower()
        try await run.open()
        try await run.verify("fault \(index) at call \(call)")
        #expect(try await run.resend() == nil)
        try await run.verify("fault \(index) at call \(call), sent again")
      }
    }
  }
}
