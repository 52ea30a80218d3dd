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

  /// Nanoseconds that the threads of a process have worked; those of threads that have ended are not among them.
  static func workedNanoseconds(_ process: Int32) -> Double {
    let folder = "/proc/\(process)/task"
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return threads.reduce(0) { sum, thread in
      let text = (try? String(contentsOfFile: "\(folder)/\(thread)/schedstat", encoding: .utf8)) ?? ""
      return sum + (text.split(separator: " ").first.flatMap { Double($0) } ?? 0)
    }
  }
}
