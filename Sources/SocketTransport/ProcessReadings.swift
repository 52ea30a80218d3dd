import Glibc

/// The system's readings of this process and of the file system that it writes to.
package struct ProcessReadings: Sendable {
  /// Bytes of memory that are in RAM.
  package let residentBytes: Double
  /// Time that all threads have spent on a core, in seconds.
  package let cpuSeconds: Double
  /// Descriptors that are open.
  package let openDescriptors: Double
  /// Descriptors that may be open.
  package let descriptorsMax: Double

  /// Reads them now; what cannot be read is 0.
  package init() {
    var usage = rusage()
    // SAFETY: the pointer covers a local value for the call.
    unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    cpuSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)
    let pages = Self.words("/proc/self/statm").dropFirst().first.flatMap { Double($0) } ?? 0
    residentBytes = pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    openDescriptors = Self.entryCount("/proc/self/fd")
    descriptorsMax = Double(DescriptorLimit.present)
  }

  /// When the process started, in seconds since 1970; 0 if the system does not tell.
  package static let startSeconds: Double = {
    // The 22nd field, the 20th behind the name in brackets, in ticks since the machine started.
    let text = words("/proc/self/stat").joined(separator: " ")
    guard let end = text.lastIndex(of: ")") else { return 0 }
    let fields = text[end...].split(separator: " ")
    let boot = words("/proc/stat", bytesMax: 1 << 20).drop { $0 != "btime" }.dropFirst().first.flatMap { Double($0) }
    guard fields.count > 20, let ticks = Double(fields[20]), let boot else { return 0 }
    return boot + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  }()

  /// Bytes of a directory's file system: all, and those that are free for this process; no numbers if it cannot be asked.
  package static func disk(of directory: String) -> (total: Double, free: Double) {
    var found = statvfs()
    // SAFETY: as above.
    guard unsafe statvfs(directory, &found) == 0 else { return (.nan, .nan) }
    let block = Double(found.f_frsize)
    return (Double(found.f_blocks) * block, Double(found.f_bavail) * block)
  }

  private static func words(_ path: String, bytesMax: Int = 4096) -> [String] {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: bytesMax)
    var count = 0
    while count < bytesMax {
      // SAFETY: no more is read than there is room for.
      let got = unsafe buffer.withUnsafeMutableBytes {
        unsafe read(file, $0.baseAddress?.advanced(by: count), bytesMax - count)
      }
      guard got > 0 else { break }
      count += got
    }
    return String(decoding: buffer.prefix(count), as: UTF8.self).split(whereSeparator: { $0 == " " || $0 == "\n" })
      .map(String.init)
  }

  private static func entryCount(_ path: String) -> Double {
    guard let directory = unsafe opendir(path) else { return 0 }
    defer { unsafe closedir(directory) }
    var count = 0.0
    // SAFETY: the entry is not looked at.
    while unsafe readdir(directory) != nil { count += 1 }
    // Itself, its parent, and the descriptor that reads.
    return max(0, count - 3)
  }
}
