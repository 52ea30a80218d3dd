import Foundation
import Support
import Testing

/// What tests of file formats and of the console need of PyPI, in a venv below `.build` that is made once.
enum PythonPackages {
  private static let packages = [
    "numpy==2.4.6", "safetensors==0.8.0", "hdrhistogram==0.10.3", "selenium==4.51.0", "prometheus_client==0.26.0",
    "PyYAML==6.0.4",
  ]
  private static let venv = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: ".build/test-python").path

  /// Whether they are there; makes them once.
  static let areThere: Bool = {
    let mark = "\(venv)/installed.txt"
    let wanted = Data(packages.joined(separator: "\n").utf8)
    if FileManager.default.contents(atPath: mark) == wanted { return true }
    let pip = ["\(venv)/bin/pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1"]
    let limit = ["timeout", "270"]
    return Command.succeeds(limit + ["python3", "-m", "venv", "--clear", venv])
      && Command.succeeds(limit + pip + ["--timeout", "15"] + packages)
      && FileManager.default.createFile(atPath: mark, contents: wanted)
  }()

  /// What a program prints.
  static func run(_ program: String, _ arguments: [String] = [], within seconds: Int = 120) async throws -> String {
    let python = try ProgramProcess(
      "python", ["-c", program] + arguments, path: "\(venv)/bin/python",
      environment: ["PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"])
    let code = try await python.exitCode(within: seconds)
    try #require(code == 0, "\(python.output)\(python.errors)")
    return python.output
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips a test where the packages cannot be had.
  static var needsPythonPackages: Self {
    .enabled(
      if: PythonPackages.areThere, "PyPI cannot be reached, and the packages are not in .build/test-python")
  }
}
