import Arguments
import Glibc
import SocketTransport
import Storage
import Vocabulary

/// `winnowd`: a node of a cluster. Reads its flags, wires the role to the world and runs it until a signal.
@main
enum Main {
  static func main() async {
    ProcessContext.occupyStandardStreams()
    SystemMemory.returnLargeBlocks()
    Signals.ignoreWriteFailures()
    Signals.ignore(Node.idleSignals)
    let outcome = Commands.root.parse(
      Array(CommandLine.arguments.dropFirst()), environment: ProcessContext.environment,
      readConfig: { try? RealDisk().read($0, limit: 1 << 20) })
    switch outcome {
    case .help(let text):
      ProcessContext.write(text + "\n")
      exit(ExitCode.ok.rawValue)
    case .version:
      ProcessContext.write("winnowd \(Version.text)\n")
      exit(ExitCode.ok.rawValue)
    case .usageError(let text): fail(text, .usage)
    case .run(let values):
      do throws(StartFailure) {
        switch values.command {
        case "shard": try await runShard(values)
        default: try await runCoordinator(values)
        }
      } catch { fail(error.text, error.code) }
      exit(ExitCode.ok.rawValue)
    }
  }

  private static func fail(_ text: String, _ code: ExitCode) -> Never {
    ProcessContext.write(text + "\n", toError: true)
    exit(code.rawValue)
  }
}

/// Why a node could not be started, or had to stop.
struct StartFailure: Error {
  let text: String
  let code: ExitCode

  init(_ text: String, _ code: ExitCode = .failed) {
    self.text = text
    self.code = code
  }
}
