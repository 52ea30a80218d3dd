import Glibc
import Storage
import Support
import Testing

/// A log in the memory of a disk, opened again and again.
final class LogRun {
  let disk: MemoryDisk
  var options = WriteAheadLog.Options()
  /// What the last opening read, by sequence.
  private(set) var replayed: [UInt64: [UInt8]] = [:]

  init(_ disk: MemoryDisk = MemoryDisk(), fileSize: Int = 4096, reserve: Int = 0) {
    self.disk = disk
    options.fileSize = fileSize
    options.reserve = reserve
  }

  func open(owner: UInt64 = 7, after checkpoint: UInt64 = 0, seed: UInt64 = 1) throws(StorageError) -> WriteAheadLog {
    replayed = [:]
    let directory: DataDirectory
    do throws(DiskError) { directory = try DataDirectory("/d", on: disk) } catch { throw .disk(error) }
    defer { directory.unlock() }
    return try WriteAheadLog(
      in: directory, owner: owner, after: checkpoint, options: options, random: SeededRandomSource(seed: seed)
    ) { sequence, payload in replayed[sequence] = payload }
  }

  /// What record `sequence` of every test says, of many sizes, some of them compressible.
  static func payload(_ sequence: UInt64, max: Int = 900) -> [UInt8] {
    var random = SeededRandom(seed: sequence)
    let count = 1 + Int(random.next() % UInt64(max))
    return sequence % 3 == 0 ? [UInt8](repeating: UInt8(sequence & 0x7F), count: count) : random.bytes(count)
  }

  /// Appends the next records, making files as needed, and commits them.
  static func write(_ count: Int, to log: WriteAheadLog) throws -> UInt64 {
    var last = log.durable
    for _ in 0..<count {
      if log.needsSpare { try log.makeSpare() }
      guard let sequence = try log.append(payload(last + 1)) else { break }
      #expect(sequence == last + 1)
      last = sequence
      if last % 4 == 0 { _ = try log.commit() }
    }
    return try log.commit()
  }
}

@Suite struct WriteAheadLogTests {
  @Test func durableRecordsComeBackInOrderFromManyFiles() throws {
    let run = LogRun()
    let log = try run.open()
    #expect(run.replayed.isEmpty)
    #expect(try LogRun.write(60, to: log) == 60)
    #expect(run.disk.sizes.count { $0.path.hasPrefix("/d/log-") && $0.path != "/d/log-spare" } > 3)
    let again = try run.open(after: 10, seed: 2)
    #expect(run.replayed.count == 50)
    #expect(run.replayed.allSatisfy { $0.value == LogRun.payload($0.key) })
    #expect(try LogRun.write(5, to: again) == 65)
    _ = try run.open(after: 64, seed: 3)
    #expect(run.replayed == [65: LogRun.payload(65)])
  }

  @Test func whatIsNotCommittedIsNotThere() throws {
    let run = LogRun()
    let log = try run.open()
    _ = try LogRun.write(3, to: log)
    _ = try log.append([9])
    run.disk.losePower()
    _ = try run.open()
    #expect(run.replayed.keys.sorted() == [1, 2, 3])
  }

  @Test func recordsAreCompressedWhereThatPays() throws {
    func fileCount(of payload: [UInt8]) throws -> Int {
      let run = LogRun(fileSize: 4096)
      let log = try run.open()
      for _ in 0..<3 {
        if log.needsSpare { try log.makeSpare() }
        _ = try log.append(payload)
        _ = try log.commit()
      }
      _ = try run.open()
      #expect(run.replayed.count == 3 && run.replayed.values.allSatisfy { $0 == payload })
      return log.fileCount
    }
    var random = SeededRandom(seed: 1)
    #expect(try fileCount(of: [UInt8](repeating: 7, count: 3000)) == 1)
    #expect(try fileCount(of: random.bytes(3000)) == 3)
  }

  @Test func checkpointsFreeFiles() throws {
    let run = LogRun()
    let log = try run.open()
    _ = try LogRun.write(60, to: log)
    let before = run.disk.sizes.count
    try log.release(through: 40)
    #expect(run.disk.sizes.count < before)
    _ = try run.open(after: 40)
    #expect(run.replayed.keys.sorted() == Array(41...60))
    let error = TwoGenerationFileTests.error { () throws(StorageError) in try run.open(after: 5) }
    guard case .damaged = error else {
      return #expect(Bool(false), "opened although records are missing: \(error as Any)")
    }
  }

  @Test func fullDiskRefusesWritesButNotDeletes() throws {
    let run = LogRun(fileSize: 4096, reserve: 1024)
    let log = try run.open()
    run.disk.fail(call: run.disk.callCount + 1, .full)
    #expect(DiskTests.error { () throws(DiskError) in try log.makeSpare() }?.isFull == true)
    var count: UInt64 = 0
    while try log.append([UInt8](repeating: 1, count: 100)) != nil { count += 1 }
    #expect(count > 10)
    #expect(try log.append([1], mayUseReserve: true) == count + 1)
    #expect(try log.commit() == count + 1)
    try log.makeSpare()
    #expect(try log.append([UInt8](repeating: 1, count: 100)) == count + 2)
    #expect(try log.commit() == count + 2)
    _ = try run.open()
    #expect(run.replayed.count == Int(count) + 2)
  }

  @Test(arguments: [(EIO, "write"), (EIO, "sync")])
  func afterAFailedCommitNothingIsAcknowledgedAgain(_ code: Int32, _ operation: String) throws {
    let run = LogRun()
    let log = try run.open()
    _ = try LogRun.write(3, to: log)
    _ = try log.append([1])
    run.disk.fail(call: run.disk.callCount + (operation == "write" ? 1 : 2), .init(code: code, bytesWritten: 9))
    let error = TwoGenerationFileTests.error { () throws(StorageError) in try log.commit() }
    guard case .disk(let cause) = error else { return #expect(Bool(false), "\(error as Any)") }
    #expect(cause.operation.rawValue == operation)
    #expect(TwoGenerationFileTests.error { () throws(StorageError) in try log.commit() } == error)
    #expect(TwoGenerationFileTests.error { () throws(StorageError) in try log.append([2]) } == error)
    #expect(log.durable == 3)
  }

  @Test func anotherOwnersLogIsRefused() throws {
    let run = LogRun()
    _ = try LogRun.write(3, to: try run.open())
    let error = TwoGenerationFileTests.error { () throws(StorageError) in try run.open(owner: 8) }
    #expect(error == .foreign(path: "/d/log-1"))
  }

  @Test func missingFileIsMissed() throws {
    let run = LogRun()
    _ = try LogRun.write(60, to: try run.open())
    let files = run.disk.sizes.map(\.path).filter { $0.hasPrefix("/d/log-") && $0 != "/d/log-spare" }
    #expect(files.count > 3)
    for file in files {
      let other = LogRun(run.disk.copy())
      try other.disk.remove(file)
      let error = TwoGenerationFileTests.error { () throws(StorageError) in try other.open() }
      guard case .damaged = error else { return #expect(Bool(false), "\(file) is gone and not missed") }
    }
  }

  /// A commit interrupted at any call, by the loss of power or of the process, any of its sectors on the disk: what was
  /// acknowledged comes back, in order, and nothing that was never written.
  @Test func powerLossAtAnyCallLosesNothingAcknowledged() throws {
    for seed in TestScale.seeds(200, full: 2000) {
      try TestScale.named(seed, "WriteAheadLogTests/powerLossAtAnyCall") { try crash(seed) }
    }
  }

  private func crash(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let run = LogRun(fileSize: 2048 + 8 * Int(random.next() % 500))
    var acknowledged: UInt64 = 0
    for life in 0..<6 {
      let begin = run.disk.callCount
      let cut = begin + 1 + Int(random.next() % 60)
      run.disk.failAll(
        from: cut, .init(code: EIO, bytesWritten: Int(random.next() % 900), isDone: random.next() % 2 == 0))
      var sent = acknowledged
      do {
        let log = try run.open(after: 0, seed: seed &+ UInt64(life) &* 1000)
        sent = log.durable
        #expect(run.replayed.keys.sorted() == Array(1...max(1, sent)).filter { $0 <= sent }, "seed \(seed)")
        #expect(sent >= acknowledged, "seed \(seed): \(acknowledged) acknowledged, \(sent) there")
        #expect(run.replayed.allSatisfy { $0.value == LogRun.payload($0.key, max: 300) }, "seed \(seed)")
        acknowledged = sent
        for _ in 0..<40 {
          if log.needsSpare { try log.makeSpare() }
          if let sequence = try log.append(LogRun.payload(sent + 1, max: 300)) { sent = sequence }
          if random.next() % 3 == 0 { acknowledged = try log.commit() }
        }
      } catch let error as StorageError {
        guard case .disk = error else { throw error }
      } catch is DiskError {}
      if random.next() % 4 > 0 {
        run.disk.losePower { random.next() % 2 == 0 }
      } else {
        run.disk.restart()
      }
    }
    let log = try run.open(seed: seed &+ 999_999)
    #expect(log.durable >= acknowledged, "seed \(seed)")
  }

  /// After a clean close every flipped bit is found, or does not matter.
  @Test func flippedBitsAreFound() throws {
    let run = LogRun()
    let log = try run.open()
    _ = try LogRun.write(40, to: log)
    log.mark()
    _ = try log.commit()
    let whole = run.disk.sizes.filter { $0.size > 0 }
    var random = SeededRandom(seed: 5)
    var found = 0
    for _ in 0..<500 {
      let (path, size) = whole[Int(random.next() % UInt64(whole.count))]
      let other = LogRun(run.disk.copy())
      other.disk.flip(bit: Int(random.next() % UInt64(size * 8)), of: path)
      do throws(StorageError) {
        _ = try other.open(seed: 77)
        #expect(other.replayed.count == 40, "\(path)")
        #expect(other.replayed.allSatisfy { $0.value == LogRun.payload($0.key) }, "\(path)")
      } catch {
        found += 1
      }
    }
    #expect(found > 200)
  }
}
