import Bytes
import CoordinatorNode
import Metadata
import Storage
import Support
import Testing
import Transport
import Vocabulary
import Wire

/// A value that several coordinators change in one store, whose answers get lost, come late or are refused.
@Suite struct AgreedValueTests {
  private static let form = AgreedValue<[UInt64]>.Form(
    name: .moves, words: "the list",
    decode: { (bytes) throws(WireError) in
      var reader = ByteReader(bytes)
      var numbers: [UInt64] = []
      do throws(ByteError) {
        while reader.remaining > 0 { numbers.append(try reader.read(UInt64.self)) }
      } catch { throw WireError(error) }
      return numbers
    },
    encode: { numbers in
      var writer = ByteWriter()
      for number in numbers { writer.write(number) }
      return writer.bytes
    })

  /// What a writer was told of its changes.
  private struct Told {
    var made: [UInt64] = []
    var notMade: [UInt64] = []
    var doubtful: [UInt64] = []
  }

  private static func write(
    _ value: AgreedValue<[UInt64]>, _ numbers: Range<UInt64>, pause: @Sendable () async -> Void
  ) async -> Told {
    var told = Told()
    for number in numbers {
      do throws(WireError) {
        try await value.update { $0.append(number) }
        told.made.append(number)
      } catch {
        if error.errorClass.contains(.notExecuted) { told.notMade.append(number) } else { told.doubtful.append(number) }
      }
      await pause()
    }
    return told
  }

  @Test func whatIsAcknowledgedIsMadeOnceAndWhatIsRefusedNever() throws {
    var counts = (made: 0, notMade: 0, doubtful: 0)
    for seed in TestScale.seeds(60, full: 1000) {
      let executor = ManualExecutor()
      let (told, last) = try executor.run { () async throws -> ([Told], [UInt64]) in
        let store = MemoryMetadataStore(seed: seed, oneOf: 3)
        let directory = try DataDirectory("/data", on: MemoryDisk())
        var values: [AgreedValue<[UInt64]>] = []
        for writer: UInt64 in 0..<3 {
          let surroundings = Coordinator.Surroundings(
            timers: executor, random: SeededRandomSource(seed: seed &* 3 &+ writer), compute: executor,
            directory: directory, metadata: store)
          values.append(
            try await AgreedValue(Self.form, surroundings, patienceMicroseconds: 300_000) { ([], nil) })
        }
        let told = await withTaskGroup(of: Told.self) { group in
          for (writer, value) in values.enumerated() {
            let first = UInt64(writer * 100)
            group.addTask {
              await Self.write(value, first..<first + 12) {
                await executor.sleep(until: executor.clock.now().advanced(microseconds: 1000))
              }
            }
          }
          var all: [Told] = []
          for await told in group { all.append(told) }
          return all
        }
        return (told, try Self.form.decode(store.get(.moves)?.bytes ?? []))
      }
      let numbers = Set(last)
      #expect(numbers.count == last.count, "seed \(seed): made twice")
      #expect(told.flatMap(\.made).allSatisfy(numbers.contains), "seed \(seed): lost")
      #expect(!told.flatMap(\.notMade).contains(where: numbers.contains), "seed \(seed): made although refused")
      counts.made += told.reduce(0) { $0 + $1.made.count }
      counts.notMade += told.reduce(0) { $0 + $1.notMade.count }
      counts.doubtful += told.reduce(0) { $0 + $1.doubtful.count }
    }
    #expect(counts.made > 0 && counts.notMade > 0)
    TestScale.tell("\(counts.made) changes made, \(counts.notMade) refused, \(counts.doubtful) in doubt")
  }
}
