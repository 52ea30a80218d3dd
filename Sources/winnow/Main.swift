import Arguments
import Glibc
import SocketTransport
import Transport
import Vocabulary
import WinnowClient

/// `winnow`: everything that a person does with a cluster.
@main
enum Main {
  static func main() async {
    ProcessContext.occupyStandardStreams()
    Signals.ignoreWriteFailures()
    let arguments = Array(CommandLine.arguments.dropFirst())
    let outcome = Program.command.parse(
      arguments, environment: ProcessContext.environment, readConfig: { try? Files.read($0, limit: 1 << 20) })
    switch outcome {
    case .help(let text):
      StandardStreams.output(text)
      exit(StandardStreams.finish(.ok).rawValue)
    case .version:
      StandardStreams.output("winnow \(Version.text)\n")
      exit(StandardStreams.finish(.ok).rawValue)
    case .usageError(let text):
      StandardStreams.error(text + "\n")
      exit(ExitCode.usage.rawValue)
    case .run(let values): exit(StandardStreams.finish(await run(values)).rawValue)
    }
  }

  /// Runs a verb until it ends or the person interrupts it.
  @MainActor private static func run(_ values: Values) async -> ExitCode {
    let session = Session(values)
    do throws(NetworkError) {
      let loop = try EventLoopGroup(loopCount: 1).next()
      let signals = try await Signals.stream(of: [.interrupt, .terminate], on: loop)
      return await withTaskGroup(of: ExitCode?.self) { group in
        group.addTask { await Program.run(session) }
        // On the loop, so that a verb which computes on every other thread does not keep the signal waiting.
        group.addTask(executorPreference: loop) {
          for await _ in signals { return .interrupted }
          return nil
        }
        let first = await group.next() ?? nil
        group.cancelAll()
        if first == .interrupted {
          // From here on a signal ends the process, as it does by default.
          Signals.release([.interrupt, .terminate])
          // A verb ends soon when it is cancelled; one that computes is not waited for, unless it has to finish.
          if !Program.verb(session).finishesWhenInterrupted {
            loop.schedule(at: loop.clock.now().advanced(microseconds: 1_000_000)) {
              exit(ExitCode.interrupted.rawValue)
            }
          }
        }
        await group.waitForAll()
        return first ?? .failed
      }
    } catch {
      StandardStreams.error("winnow: no event loop: \(error)\n")
      return .failed
    }
  }
}
