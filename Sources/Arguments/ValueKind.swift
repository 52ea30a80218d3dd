/// The kind of value that a flag or a positional takes.
package enum ValueKind: Sendable {
  /// Any text.
  case string
  /// A path, kept as text, and what the command does there.
  case path(PathUse)
  case int(ClosedRange<Int>)
  case double(ClosedRange<Double>)
  /// A whole number with a unit: `us`, `ms`, `s`, `m` or `h`.
  case duration(ClosedRange<Duration>)
  /// A whole number of bytes, or with a unit: `KiB`, `MiB`, `GiB` or `TiB`.
  case byteSize(ClosedRange<UInt64>)
  /// One of these words.
  case choice([String])
  /// `HOST:PORT`.
  case address
  /// `--name` or `--no-name`; elsewhere `true` or `false`.
  case bool

  /// The use that a command makes of a path.
  package enum PathUse: Sendable, Equatable {
    /// Reads a file or directory; `-` may stand for standard input.
    case input
    /// Writes a file.
    case outputFile
    /// Writes the files of a directory.
    case outputDirectory
  }

  /// A path that is read.
  package static let file = ValueKind.path(.input)
  /// A file that is written.
  package static let outputFile = ValueKind.path(.outputFile)
  /// A directory that is written.
  package static let outputDirectory = ValueKind.path(.outputDirectory)
  /// Any integer.
  package static let int = ValueKind.int(Int.min...Int.max)
  /// Any finite number.
  package static let double = ValueKind.double(-Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
  /// Any duration.
  package static let duration = ValueKind.duration(durations)
  /// Any size.
  package static let byteSize = ValueKind.byteSize(sizes)

  private static let durations: ClosedRange<Duration> = .zero ... .seconds(1_000_000_000)
  private static let sizes = UInt64.min...UInt64.max

  /// The placeholder of the value in help.
  var placeholder: String {
    switch self {
    case .string: "TEXT"
    case .path(.outputDirectory): "DIRECTORY"
    case .path: "FILE"
    case .int: "N"
    case .double: "X"
    case .duration: "DURATION"
    case .byteSize: "SIZE"
    case .choice(let words): words.joined(separator: "|")
    case .address: "HOST:PORT"
    case .bool: "true|false"
    }
  }

  /// A description of valid values, for errors.
  var expectation: String {
    switch self {
    case .string: "text"
    case .path: "a path"
    case .int(let range):
      switch (range.lowerBound, range.upperBound) {
      case (.min, .max): "an integer"
      case (let least, .max): "an integer of at least \(least)"
      case (let least, let most): "an integer from \(least) to \(most)"
      }
    case .double(let range):
      switch (range.lowerBound, range.upperBound) {
      case (-Double.greatestFiniteMagnitude, .greatestFiniteMagnitude): "a number"
      case (let least, .greatestFiniteMagnitude): "a number of at least \(least)"
      case (let least, let most): "a number from \(least) to \(most)"
      }
    case .duration(let range):
      "a duration such as 250ms or 2s"
        + (range == Self.durations
          ? "" : ", from \(DurationUnit.text(range.lowerBound)) to \(DurationUnit.text(range.upperBound))")
    case .byteSize(let range):
      "a size such as 4096 or 64MiB"
        + (range == Self.sizes ? "" : ", from \(ByteUnit.text(range.lowerBound)) to \(ByteUnit.text(range.upperBound))")
    case .choice(let words): "one of " + words.joined(separator: ", ")
    case .address: "an address HOST:PORT"
    case .bool: "true or false"
    }
  }
}
