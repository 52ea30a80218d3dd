import Answers
import Bytes
import Kernels
import Ranking
import Storage
import Support
import Testing
import Vocabulary

@Suite struct AnswerFileTests {
  private func read(_ disk: any Disk) throws -> (answers: [LoggedAnswer], faults: [String]) {
    var reader = try AnswerReader("/log", on: disk)
    var answers: [LoggedAnswer] = []
    reader.read { answer in
      answers.append(answer)
      return true
    }
    return (answers, reader.faults)
  }

  private func writer(_ disk: any Disk, bytesMax: Int = 1 << 30) throws -> AnswerWriter {
    try AnswerWriter("/log", on: disk, .init(bytesMax: bytesMax), random: SeededRandomSource(seed: 4))
  }

  @Test func whatIsWrittenIsReadInItsOrder() throws {
    let some = try #require(try SomeAnswers(40))
    let disk = MemoryDisk()
    var writer = try writer(disk)
    for start in stride(from: 0, to: 40, by: 7) {
      let part = Array(some.answers[start..<min(start + 7, 40)])
      let outcome = writer.write(part, now: 0)
      #expect(outcome.written == part.count && outcome.withoutInputs == 0 && outcome.failure == nil)
    }
    try writer.finish()
    let (answers, faults) = try read(disk)
    #expect(answers.map(SomeAnswers.bytes) == some.answers.map(SomeAnswers.bytes) && faults.isEmpty)
  }

  @Test func aRecordOfTwentyResultsWithoutInputsIsSmall() throws {
    var answer = try #require(try SomeAnswers(1)).answers[0]
    answer.inputs = nil
    #expect(answer.shown.count == 20)
    #expect(SomeAnswers.bytes(answer).count <= 1024)
  }

  @Test func inputsThatAreTooLongAreLeftOut() throws {
    var answer = try #require(try SomeAnswers(1)).answers[0]
    let (count, width) = (9000, 500)
    let candidates = CandidateInputs(
      retrievalScores: [Float](repeating: 1, count: count), reranks: FloatMatrix(rows: count, columns: width),
      columns: [])
    answer.inputs = AnswerInputs(
      user: UserVectors(query: [], vector: [], profile: []), candidates: candidates,
      ids: (0..<UInt64(count)).map { $0 }, logits: [UInt32?](repeating: 0, count: count), words: nil)
    let small = try #require(try SomeAnswers(2)).answers[1]
    let disk = MemoryDisk()
    var writer = try writer(disk)
    let outcome = writer.write([small, answer, small], now: 0)
    #expect(outcome.written == 3 && outcome.withoutInputs == 1 && outcome.failure == nil)
    let (answers, faults) = try read(disk)
    answer.inputs = nil
    #expect(answers.map(SomeAnswers.bytes) == [small, answer, small].map(SomeAnswers.bytes) && faults.isEmpty)
  }

  @Test func theOldestFilesMakeRoomAndARestartGoesOn() throws {
    let some = try #require(try SomeAnswers(60))
    let disk = MemoryDisk()
    let bytesMax = 200_000
    for part in [some.answers[..<30], some.answers[30...]] {
      var writer = try writer(disk, bytesMax: bytesMax)
      for answer in part {
        #expect(writer.write([answer], now: answer.time).written == 1)
        #expect(writer.byteCount <= bytesMax)
      }
    }
    let (answers, faults) = try read(disk)
    #expect(faults.isEmpty && answers.count > 10 && answers.count < 60)
    #expect(answers.map(\.requestID) == some.answers.suffix(answers.count).map(\.requestID))
  }

  @Test func aFileOfADayIsFollowedByTheNext() throws {
    var answers = try #require(try SomeAnswers(2)).answers
    answers[1].time = 90_000_000_000
    let disk = MemoryDisk()
    var writer = try writer(disk)
    for answer in answers { _ = writer.write([answer], now: answer.time) }
    #expect(try disk.list("/log") == ["answers-1", "answers-2"])
  }

  @Test func tornAndDamagedEndsAreToldAndTheRestIsRead() throws {
    let some = try #require(try SomeAnswers(6))
    let disk = MemoryDisk()
    var writer = try writer(disk)
    for answer in some.answers { _ = writer.write([answer], now: 0) }
    try writer.finish()
    let whole = try #require(try disk.read("/log/answers-1", limit: 1 << 20))
    var random = SeededRandom(seed: 5)
    for _ in 0..<TestScale.count(300, full: 3000) {
      var bytes = whole
      let isTorn = random.next() % 2 == 0
      if isTorn {
        bytes.removeLast(1 + Int(random.next() % UInt64(whole.count - 1)))
      } else {
        bytes[Int(random.next() % UInt64(whole.count))] ^= 1 << UInt8(random.next() % 8)
      }
      try disk.replace("/log/answers-1", with: bytes)
      let (answers, faults) = try read(disk)
      // A file may be torn just between two blocks.
      #expect(isTorn || faults.count == 1)
      #expect(answers.map(SomeAnswers.bytes) == some.answers.prefix(answers.count).map(SomeAnswers.bytes))
      #expect(answers.count < 6)
    }
  }

  @Test func aDiskThatFailsLosesOnlyWhatItDidNotTake() throws {
    let some = try #require(try SomeAnswers(3))
    let disk = MemoryDisk()
    var writer = try writer(disk)
    #expect(writer.write([some.answers[0]], now: 0).written == 1)
    disk.fail(call: disk.callCount + 1, .full)
    #expect(writer.write([some.answers[1]], now: 0).failure != nil)
    #expect(writer.write([some.answers[2]], now: 0).written == 1)
    let (answers, _) = try read(disk)
    #expect(answers.map(\.requestID) == [some.answers[0], some.answers[2]].map(\.requestID))
  }

  @Test func shoppersWhoAreForgottenAreInNoFile() throws {
    let some = try #require(try SomeAnswers(30))
    let disk = MemoryDisk()
    var writer = try writer(disk, bytesMax: 1 << 20)
    for answer in some.answers { _ = writer.write([answer], now: 0) }
    let gone = try #require(some.answers[0].user)
    let count = try writer.remove { $0.user == gone }
    #expect(count == 10)
    _ = writer.write([some.answers[1]], now: 0)
    let (answers, faults) = try read(disk)
    let expected = some.answers.filter { $0.user != gone } + [some.answers[1]]
    #expect(answers.map(\.requestID) == expected.map(\.requestID) && faults.isEmpty)
  }

  @Test func bytesOfAnyKindAreRefusedAndNothingElse() throws {
    let bytes = SomeAnswers.bytes(try #require(try SomeAnswers(1)).answers[0])
    var random = SeededRandom(seed: 6)
    for _ in 0..<TestScale.count(2000, full: 100_000) {
      var changed = bytes
      for _ in 0...(random.next() % 3) {
        changed[Int(random.next() % UInt64(bytes.count))] = UInt8(random.next() % 256)
      }
      if random.next() % 2 == 0 { changed.removeLast(Int(random.next() % UInt64(bytes.count))) }
      // Read back, it says the same; else it is refused.
      if let answer = try? LoggedAnswer(changed[...]) { #expect(SomeAnswers.bytes(answer).count == changed.count) }
    }
  }

  /// What version 1 wrote, every later one reads.
  @Test func theGoldenFileIsRead() throws {
    let golden = GoldenFolder("answers-1")
    if GoldenFolder.isWanted {
      var answers = try #require(try SomeAnswers(4, seed: 12)).answers
      answers[0].inputs = nil
      answers[1].user = nil
      let disk = MemoryDisk()
      var writer = try writer(disk)
      _ = writer.write(Array(answers[..<2]), now: 0)
      _ = writer.write(Array(answers[2...]), now: 0)
      try golden.write("answers-1", try #require(try disk.read("/log/answers-1", limit: 1 << 20)))
    }
    let disk = MemoryDisk()
    try disk.makeDirectory("/log")
    for (name, bytes) in try golden.files() { try disk.replace("/log/\(name)", with: bytes) }
    let (read, faults) = try read(disk)
    try #require(faults.isEmpty && read.count == 4)
    #expect(read.map(\.time) == [1_000_000, 2_000_000, 3_000_000, 4_000_000])
    #expect(read.map { $0.user == nil } == [false, true, false, false] && read[3].user == 7)
    #expect(read.allSatisfy { $0.exchanged == nil } && read.map(\.isBoosted) == [false, false, false, false])
    #expect(read.map(\.words) == ["Zelte für zwei", "", "Zelte für zwei", ""] && read[0].filter == "price < 20")
    #expect(
      read[0].context == [.init(name: "hour", value: .number(17.5)), .init(name: "device", value: .word("desk"))])
    #expect(read.allSatisfy { $0.generation == 3 && $0.collection == "shop" && $0.shown.count == 20 })
    #expect(read.map { $0.inputs?.logits.count } == [nil, 50, 50, 50])
    #expect(read[1].inputs?.user.query.count == 8 && read[1].inputs?.candidates.reranks.columns == 3)
    let best = try #require(read[1].shown.first)
    let place = try #require(read[1].inputs?.ids.lastIndex(of: best.item))
    #expect(read[1].inputs?.logits[place] == best.logit.bitPattern)
  }
}
