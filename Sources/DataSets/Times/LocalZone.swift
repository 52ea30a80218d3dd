import Glibc

/// The zone of times that name none.
///
/// A fixed offset, or a zone of the system's database by the rules of the C library, which knows one zone a process: the
/// last that was made holds. An hour that the clocks of a zone show twice, or skip, is no time.
package struct LocalZone: Sendable, Equatable {
  /// As it was given.
  package let name: String
  /// Milliseconds east of UTC; `nil` for a zone of the database.
  private let fixed: Int64?

  package static let utc = LocalZone(name: "UTC", fixed: 0)

  private init(name: String, fixed: Int64?) {
    self.name = name
    self.fixed = fixed
  }

  /// `UTC`, an offset such as `+01:00`, or a name such as `Europe/Berlin`; `nil` if this machine knows no such zone.
  package init?(_ name: String) {
    if ["utc", "gmt", "z"].contains(name.lowercased()) {
      self.init(name: "UTC", fixed: 0)
      return
    }
    var cursor = TimeCursor(Array(name.utf8)[...])
    if let offset = cursor.offset(), cursor.isAtEnd {
      self.init(name: name, fixed: offset)
      return
    }
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/".utf8
    guard !name.isEmpty, name.utf8.allSatisfy({ letters.contains($0) }), name.first != "/", name.first != "-" else {
      return nil
    }
    // The C library takes a zone that it does not find for UTC, so this looks first.
    var status = stat()
    guard unsafe stat("/usr/share/zoneinfo/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return nil
    }
    // SAFETY: the C library copies both texts; a program reads flags before it starts other threads.
    unsafe setenv("TZ", ":\(name)", 1)
    tzset()
    self.init(name: name, fixed: nil)
  }

  /// The time at which a clock of the zone shows what a clock of UTC shows at `local`; both in milliseconds since 1970.
  /// `nil` if it shows that twice, or never.
  func utc(_ local: Int64) -> Int64? {
    if let fixed { return local - fixed }
    let milliseconds = ((local % 1000) + 1000) % 1000
    let seconds = (local - milliseconds) / 1000
    var shown = time_t(seconds)
    var parts = unsafe tm()
    // SAFETY: both pointers are those of local variables, used during the call only.
    unsafe gmtime_r(&shown, &parts)
    unsafe parts.tm_isdst = -1
    let time = unsafe Int64(mktime(&parts))
    guard Self.shown(time) == seconds else { return nil }
    // Clocks are set by two hours at most.
    for shift in [1800, 3600, 7200] as [Int64] {
      guard Self.shown(time - shift) != seconds, Self.shown(time + shift) != seconds else { return nil }
    }
    return time * 1000 + milliseconds
  }

  /// What a clock of the zone shows at a time, as a clock of UTC would show it; both in seconds since 1970.
  private static func shown(_ time: Int64) -> Int64 {
    var time = time_t(time)
    var parts = unsafe tm()
    // SAFETY: both pointers are those of local variables, used during the call only.
    unsafe localtime_r(&time, &parts)
    return unsafe Int64(time) + Int64(parts.tm_gmtoff)
  }
}
