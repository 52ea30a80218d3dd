import Foundation

/// `Benchmarks NAME… [--json] [--smoke] [--list]`: what `cluster/bench` runs.
@main
enum Main {
  static func main() async {
    var names: [String] = []
    var (json, size) = (false, BenchmarkSize.full)
    for argument in CommandLine.arguments.dropFirst() {
      switch argument {
      case "--json": json = true
      case "--smoke": size = .smoke
      case "--list", "--help":
        for benchmark in Benchmark.all { print("\(benchmark.name)\t\(benchmark.what)") }
        return
      case "all": names += Benchmark.all.map(\.name)
      // The first words of a name stand for all that begin so: `train` for `train-256-1` and the others. A whole name
      // stands for that one only.
      default:
        let family = Benchmark.all.map(\.name).filter { $0.hasPrefix("\(argument)-") }
        names += family.isEmpty || Benchmark.all.contains { $0.name == argument } ? [argument] : family
      }
    }
    if names.isEmpty { stop("which? all, \(Benchmark.all.map(\.name).joined(separator: ", "))", status: 2) }
    for name in names where !Benchmark.all.contains(where: { $0.name == name }) {
      stop("no benchmark \(name), see --list", status: 2)
    }
    var fails = false
    for benchmark in Benchmark.all where names.contains(benchmark.name) {
      do {
        let report = Report(benchmark, try await benchmark.run(size), size)
        print(json ? report.json : report.text)
        fails = fails || report.fails
      } catch {
        say("error: \(benchmark.name): \(error)")
        fails = true
      }
      // In a file that also takes what is said of errors, both stand in their order.
      fflush(nil)
    }
    if fails { exit(1) }
  }

  private static func say(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

  private static func stop(_ text: String, status: Int32) -> Never {
    say("error: \(text)")
    exit(status)
  }
}
