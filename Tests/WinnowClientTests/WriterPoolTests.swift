import Support
import Testing
import Vocabulary
import Wire

@testable import WinnowClient

struct WriterPoolTests {
  private func outcome(unknown: UInt32 = 0) -> EventOutcome {
    var response = EventResponse()
    response.unknown = unknown
    return EventOutcome(response)
  }

  @Test func oneWriteAfterAnotherIsTheNextOpOfOneWriter() async throws {
    let pool = WriterPool(SeededRandomSource(seed: 1))
    var streams: [WriterPool.Stream] = []
    for _ in 0..<5 {
      _ = try await pool.write { stream throws(WinnowError) in
        streams.append(stream)
        return outcome()
      }
    }
    #expect(Set(streams.map(\.writer)).count == 1 && streams.map(\.op) == [1, 2, 3, 4, 5])
  }

  @Test func writesSideBySideHaveWritersOfTheirOwn() async throws {
    let pool = WriterPool(SeededRandomSource(seed: 1))
    for op in 1...3 as ClosedRange<UInt64> {
      _ = try await pool.write { outer throws(WinnowError) in
        _ = try await pool.write { inner throws(WinnowError) in
          #expect(inner.writer != outer.writer && inner.op == op && outer.op == op)
          return outcome()
        }
        return outcome()
      }
    }
  }

  /// An attempt may still be on its way.
  @Test func aWriterWhoseWriteIsNotSettledIsNotUsedAgain() async throws {
    let pool = WriterPool(SeededRandomSource(seed: 1))
    var writers: Set<UInt64> = []
    _ = try await pool.write { stream throws(WinnowError) in
      writers.insert(stream.writer)
      return outcome(unknown: 1)
    }
    await #expect(throws: WinnowError.self) {
      _ = try await pool.write { stream throws(WinnowError) -> EventOutcome in
        writers.insert(stream.writer)
        throw WinnowError(invalid: "refused")
      }
    }
    _ = try await pool.write { stream throws(WinnowError) in
      writers.insert(stream.writer)
      #expect(stream.op == 1)
      return outcome()
    }
    #expect(writers.count == 3)
  }
}
