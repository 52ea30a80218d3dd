import Arguments
import JSON
import Transport
import Vocabulary
import WinnowClient
import Wire

/// `winnow ping`: how long a round trip takes.
enum PingVerb {
  static let count = Flag("count", .int(1...100_000), "How many.", default: "5")
  static let bytes = Flag("bytes", .int(0...Echo.bytesMax), "Bytes to send and to get back.", default: "64")

  static let verb = Verb(
    command: Command(
      name: "ping", summary: "Measure round trips to the coordinator",
      flags: [count, bytes]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let count = session[Self.count]
    let bytes = [UInt8](repeating: 0x55, count: session[Self.bytes])
    let times: [Int] = try await session.withClient { (client) throws(WinnowError) in
      _ = try await client.echo([], timeout: session.timeout)
      var times: [Int] = []
      for _ in 0..<count {
        let start = client.executor.clock.now()
        _ = try await client.echo(bytes, timeout: session.timeout)
        times.append(Int(start.microseconds(until: client.executor.clock.now())))
      }
      return times.sorted()
    }
    let median = times[times.count / 2]
    session.print(
      .object([
        ("count", .int(count)), ("min_us", .int(times[0])), ("median_us", .int(median)),
        ("max_us", .int(times[count - 1])),
      ]),
      human: "\(count) round trips of \(bytes.count) bytes to \(session.address): least \(times[0]) µs, "
        + "median \(median) µs, most \(times[count - 1]) µs\n")
    return .ok
  }
}

/// `winnow echo`: whether text comes back as it went.
enum EchoVerb {
  static let text = Positional("TEXT", .string, "What to send.")

  static let verb = Verb(
    command: Command(
      name: "echo", summary: "Send a text to the coordinator and print what comes back",
      positionals: [text]), run: run)

  @Sendable private static func run(_ session: Session) async throws(Failure) -> ExitCode {
    let text = session[Self.text]
    let echo = try await session.withClient { (client) throws(WinnowError) in
      try await client.echo(Array(text.utf8), timeout: session.timeout)
    }
    let answer = String(decoding: echo, as: UTF8.self)
    session.print(.object([("text", .text(answer))]), human: answer + "\n")
    return .ok
  }
}
