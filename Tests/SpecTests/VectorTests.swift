import Foundation
import Testing
import Wire

@Suite struct VectorTests {
  private static func run(_ vector: Vector) throws -> VectorRun {
    VectorRun(vector: vector, served: try PageTests.servedOpcodes())
  }

  @Test func thereAreEnoughOfThem() throws {
    let vectors = try SpecFolder.vectors()
    #expect(vectors.count { $0.expect == .accept } >= 120)
    #expect(vectors.count { $0.expect == .refuse } >= 120)
    #expect(Set(vectors.map(\.name)).count == vectors.count)
  }

  @Test func everyOpcodeStandsAmongTheAcceptedInEachDirection() throws {
    var seen: Set<String> = []
    for vector in try SpecFolder.vectors() where vector.expect == .accept {
      let header = try #require(try ReceivedMessage.all(in: vector.bytes).last?.header)
      seen.insert(header.opcode.name + (header.flags.contains(.reply) ? " reply" : ""))
    }
    for (opcode, name) in Opcode.names {
      #expect(seen.contains(name))
      #expect(opcode.isConnectionFrame || seen.contains("\(name) reply"))
    }
  }

  @Test func everyErrorThatBytesAloneCauseStandsAmongTheRefused() throws {
    let seen = Set(try SpecFolder.vectors().compactMap(\.error))
    // The others need time, a node's data, another node, or keys.
    let byBytes: [ErrorCode] = [
      .badHeaderCRC, .badLength, .reservedBits, .idOrder, .noCredit, .unexpectedState, .compressionNotNegotiated,
      .fragmentOrder, .enhanceYourCalm, .unsupportedVersion, .wrongCluster, .criticalFeatureUnknown, .badPayloadCRC,
      .decompressFailed, .rawSizeMismatch, .unknownOpcode, .unknownBodyVersion, .malformedBody, .trailingBytes,
      .limitExceeded, .dimensionMismatch, .nonFiniteValue, .badUTF8, .duplicateField, .badDeadline, .badFilter,
      .unknownAttribute, .unknownGeneration, .shuttingDown, .impossibleTarget, .authRequired, .authFailed,
    ]
    #expect(seen == Set(byBytes.map(\.name) + ["CLOSE"]))
  }

  @Test func eachIsAcceptedOrRefusedAsItSays() throws {
    for vector in try SpecFolder.vectors() {
      let run = try Self.run(vector)
      for bytes in vector.cases() {
        let outcome = try run.outcome(of: bytes)
        guard outcome != vector.outcome else { continue }
        Issue.record("\(vector.name): \(outcome), not \(vector.outcome): \(vector.why)")
        break
      }
    }
  }

  @Test func bytesThatArriveOneByOneGiveTheSame() throws {
    for vector in try SpecFolder.vectors() where vector.hex.utf8.count <= 2000 {
      let outcome = try Self.run(vector).outcome(of: vector.cases()[0], pieceBytes: 1)
      #expect(outcome == vector.outcome, "\(vector.name)")
    }
  }

  @Test func fieldsOfAcceptedOnesAreThose() throws {
    for vector in try SpecFolder.vectors() where vector.expect == .accept {
      let message = try #require(try ReceivedMessage.all(in: vector.bytes).last, "\(vector.name)")
      let fields = [String: VectorField](try message.decoded(), message.header)
      let expected = try #require(vector.fields, "\(vector.name)")
      for name in Set(fields.keys).union(expected.keys).sorted() where fields[name] != expected[name] {
        Issue.record(
          "\(vector.name): \(name) is \(String(describing: fields[name])), not \(String(describing: expected[name]))")
      }
    }
  }

  @Test func acceptedOnesAreWrittenAgainAsTheyWere() throws {
    for vector in try SpecFolder.vectors() where vector.expect == .accept {
      let message = try #require(try ReceivedMessage.all(in: vector.bytes).last, "\(vector.name)")
      #expect(try message.encodedAgain() == message.body || !vector.isCanonical, "\(vector.name)")
    }
  }

  @Test func truncatedBodiesAreMalformed() throws {
    for vector in try SpecFolder.vectors() where vector.expect == .accept {
      var message = try #require(try ReceivedMessage.all(in: vector.bytes).last)
      guard message.header.opcode != .echo, message.body.count <= 1024 else { continue }
      let whole = message.body
      for count in whole.indices {
        message.body = Array(whole[..<count])
        #expect(refusal(of: message) == .malformedBody, "\(vector.name) cut at \(count)")
      }
      message.body = whole + [0]
      #expect(refusal(of: message) == .trailingBytes, "\(vector.name)")
    }
  }

  private func refusal(of message: ReceivedMessage) -> ErrorCode? {
    do throws(WireError) { _ = try message.decoded() } catch { return error.code }
    return nil
  }

  @Test func pythonGetsTheSame() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", SpecFolder.url.appending(path: "python/winnow_vectors.py").path, "check"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
  }
}
