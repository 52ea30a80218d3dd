package import Vocabulary

/// A log of one line an event, for people (`key=value`) or machines (JSON).
///
/// What goes into a value is escaped: no control character of a peer or a file reaches a terminal or makes a second line.
package struct Log: Sendable {
  /// How much an event matters.
  package enum Level: Int, Comparable, CaseIterable, Sendable {
    case debug, info, warning, error

    /// The word that lines and flags use.
    package var word: String {
      switch self {
      case .debug: "debug"
      case .info: "info"
      case .warning: "warning"
      case .error: "error"
      }
    }

    /// - Returns: `nil` for a word that names no level.
    package init?(word: String) {
      guard let level = Level.allCases.first(where: { $0.word == word }) else { return nil }
      self = level
    }

    package static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
  }

  /// How a line is written.
  package enum Format: Sendable {
    case keyValue
    case json
  }

  /// Takes a finished line, without its line feed.
  package typealias Sink = @Sendable (String) -> Void

  private static let limitedKeysMax = 1024

  private struct Limited {
    var until: Instant
    var suppressed: UInt64
  }

  private let format: Format
  private let level: Level
  private let clock: any MonotonicClock
  private let time: @Sendable () -> String
  private let sink: Sink
  private let limited = Lock<[String: Limited]>([:])

  /// A log.
  ///
  /// - Parameters:
  ///   - level: Events below it are dropped.
  ///   - clock: For the limit of lines by key.
  ///   - time: The text of the present time, for the line.
  ///   - sink: Called on the caller's thread, by several at once.
  package init(
    format: Format = .keyValue, level: Level = .info, clock: any MonotonicClock, time: @escaping @Sendable () -> String,
    sink: @escaping Sink
  ) {
    self.format = format
    self.level = level
    self.clock = clock
    self.time = time
    self.sink = sink
  }

  /// Whether events of a level are written, for those whose text costs something to make.
  package func isEnabled(_ level: Level) -> Bool { level >= self.level }

  /// Writes an event.
  package func callAsFunction(_ level: Level, _ message: String, _ fields: KeyValuePairs<String, LogValue> = [:]) {
    guard isEnabled(level) else { return }
    write(level, message, Array(fields))
  }

  /// Writes an event unless one of the same key was written within `interval`; the next line that is written says how
  /// many were not (`suppressed`). At most 1,024 keys are told apart at a time; the rest share one.
  package func limited(
    by key: String, every interval: UInt64 = 1_000_000, _ level: Level, _ message: String,
    _ fields: KeyValuePairs<String, LogValue> = [:]
  ) {
    guard isEnabled(level), let suppressed = admit(key, intervalMicroseconds: interval) else { return }
    write(level, message, Array(fields) + (suppressed > 0 ? [("suppressed", LogValue(suppressed))] : []))
  }

  /// - Returns: how many lines of the key were suppressed since the last one, or `nil` if this one is too.
  private func admit(_ key: String, intervalMicroseconds: UInt64) -> UInt64? {
    let now = clock.now()
    return limited.withLock { limited in
      var key = key
      if limited[key] == nil, limited.count >= Self.limitedKeysMax {
        limited = limited.filter { $0.value.until > now }
        if limited.count >= Self.limitedKeysMax { key = "" }
      }
      if let entry = limited[key], entry.until > now {
        limited[key]?.suppressed += 1
        return nil
      }
      let suppressed = limited[key]?.suppressed ?? 0
      limited[key] = Limited(until: now.advanced(microseconds: intervalMicroseconds), suppressed: 0)
      return suppressed
    }
  }

  private func write(_ level: Level, _ message: String, _ fields: [(key: String, value: LogValue)]) {
    let all: [(key: String, value: LogValue)] =
      [("time", .text(time())), ("level", .text(level.word)), ("message", .text(message))] + fields
    switch format {
    case .keyValue: sink(all.map { "\($0.key.plain)=\($0.value.keyValueText)" }.joined(separator: " "))
    case .json: sink("{" + all.map { "\"\($0.key.plain)\":\($0.value.jsonText)" }.joined(separator: ",") + "}")
    }
  }
}

extension String {
  /// A key with everything but letters, digits, `_`, `.` and `-` replaced by `_`.
  fileprivate var plain: String {
    String(decoding: utf8.map { isPlain($0) && $0 != UInt8(ascii: ":") ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
  }
}
