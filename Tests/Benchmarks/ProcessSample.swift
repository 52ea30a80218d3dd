import Foundation

/// What a process has at one moment.
struct ProcessSample: Sendable {
  let memoryBytes: Int
  let descriptors: Int
  let threads: Int

  /// - Returns: `nil`: it has ended.
  init?(of process: Int32) {
    func lines(_ file: String) -> [Substring] {
      ((try? String(contentsOfFile: "/proc/\(process)/\(file)", encoding: .utf8)) ?? "").split(separator: "\n")
    }
    func number(_ key: String) -> Int? {
      lines("status").first { $0.hasPrefix(key) }?.split(whereSeparator: \.isWhitespace).dropFirst().first
        .flatMap { Int($0) }
    }
    guard let kibibytes = number("VmRSS:"), let threads = number("Threads:"),
      let descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
    else { return nil }
    (memoryBytes, self.descriptors, self.threads) = (kibibytes * 1024, descriptors, threads)
  }
}
