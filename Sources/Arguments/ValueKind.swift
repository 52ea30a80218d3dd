/// The kind of value that a flag or a positional takes.
package struct ValueKind<Element: Sendable>: Sendable {
  /// The placeholder of the value in help.
  let placeholder: String
  /// A description of valid values, for errors.
  let expectation: String
  /// The words of which the value is one; empty if it is none of a few words.
  let words: [String]
  /// The use of the path that it is; `nil`: it is no path.
  let pathUse: PathUse?
  /// The value of a text; `nil` if the text is not valid.
  let read: @Sendable (String) -> Element?
  /// The text of a value that stands for all of its texts; second, the one that was given.
  let usualText: @Sendable (Element, String) -> String

  fileprivate init(
    _ placeholder: String, _ expectation: String, words: [String] = [], pathUse: PathUse? = nil,
    usualText: @escaping @Sendable (Element, String) -> String = { _, given in given },
    _ read: @escaping @Sendable (String) -> Element?
  ) {
    self.placeholder = placeholder
    self.expectation = expectation
    self.words = words
    self.pathUse = pathUse
    self.read = read
    self.usualText = usualText
  }

  /// The value that a text stands for.
  ///
  /// - Throws: A message that says what is expected, without the name of the flag.
  func parse(_ text: String) throws(UsageError) -> Element {
    if let value = read(text) { return value }
    let hint = words.isEmpty ? "" : EditDistance.hint(text, among: words) { "'\($0)'" }
    throw UsageError("\(UsageError.quoted(text)) is not \(expectation)" + hint)
  }
}

extension ValueKind<String> {
  /// Any text.
  package static let string = Self("TEXT", "text") { $0 }
  /// A path that is read.
  package static let file = path(.input)
  /// A file that is written.
  package static let outputFile = path(.outputFile)
  /// A directory that is written.
  package static let outputDirectory = path(.outputDirectory)

  /// A path, kept as text, and what the command does there.
  private static func path(_ use: PathUse) -> Self {
    Self(use == .outputDirectory ? "DIRECTORY" : "FILE", "a path", pathUse: use) { $0.isEmpty ? nil : $0 }
  }

  /// One of these words.
  package static func choice(_ words: [String]) -> Self { choice(words) { $0 } }
}

extension ValueKind {
  /// One of these values, each by its word.
  package static func choice(_ values: [Element], _ word: (Element) -> String) -> Self {
    let words = values.map(word)
    return Self(words.joined(separator: "|"), "one of " + words.joined(separator: ", "), words: words) { text in
      words.firstIndex(of: text).map { values[$0] }
    }
  }

  /// One of the values of an enumeration, each by its raw value.
  package static func choice(of type: Element.Type) -> Self
  where Element: CaseIterable & RawRepresentable<String> {
    choice(Array(type.allCases), \.rawValue)
  }
}

extension ValueKind<Int> {
  /// Any integer.
  package static let int = int(.min ... .max)

  /// An integer of a range.
  package static func int(_ range: ClosedRange<Int>) -> Self {
    let expectation =
      switch (range.lowerBound, range.upperBound) {
      case (.min, .max): "an integer"
      case (let least, .max): "an integer of at least \(least)"
      case (let least, let most): "an integer from \(least) to \(most)"
      }
    return Self("N", expectation, usualText: { value, _ in String(value) }) {
      Int($0).flatMap { range.contains($0) ? $0 : nil }
    }
  }
}

extension ValueKind<Double> {
  /// Any finite number.
  package static let double = double(-.greatestFiniteMagnitude ... .greatestFiniteMagnitude)

  /// A finite number of a range.
  package static func double(_ range: ClosedRange<Double>) -> Self {
    let expectation =
      switch (range.lowerBound, range.upperBound) {
      case (-Double.greatestFiniteMagnitude, .greatestFiniteMagnitude): "a number"
      case (let least, .greatestFiniteMagnitude): "a number of at least \(least)"
      case (let least, let most): "a number from \(least) to \(most)"
      }
    return Self("X", expectation, usualText: { value, _ in "\(value)" }) {
      Double($0).flatMap { $0.isFinite && range.contains($0) ? $0 : nil }
    }
  }
}

extension ValueKind<Duration> {
  /// Any duration.
  package static let duration = duration(nil)

  /// A whole number with a unit: `us`, `ms`, `s`, `m` or `h`.
  package static func duration(_ range: ClosedRange<Duration>) -> Self { duration(.some(range)) }

  private static func duration(_ range: ClosedRange<Duration>?) -> Self {
    let bounds = range.map { ", from \(DurationUnit.text($0.lowerBound)) to \(DurationUnit.text($0.upperBound))" }
    let range = range ?? .zero ... .seconds(1_000_000_000)
    return Self("DURATION", "a duration such as 250ms or 2s" + (bounds ?? "")) {
      DurationUnit.parse($0).flatMap { range.contains($0) ? $0 : nil }
    }
  }
}

extension ValueKind<UInt64> {
  /// Any size.
  package static let byteSize = byteSize(nil)

  /// A whole number of bytes, or with a unit: `KiB`, `MiB`, `GiB` or `TiB`.
  package static func byteSize(_ range: ClosedRange<UInt64>) -> Self { byteSize(.some(range)) }

  private static func byteSize(_ range: ClosedRange<UInt64>?) -> Self {
    let bounds = range.map { ", from \(ByteUnit.text($0.lowerBound)) to \(ByteUnit.text($0.upperBound))" }
    return Self("SIZE", "a size such as 4096 or 64MiB" + (bounds ?? "")) {
      ByteUnit.parse($0).flatMap { range?.contains($0) == false ? nil : $0 }
    }
  }
}

extension ValueKind<HostPort> {
  /// `HOST:PORT`.
  package static let address = Self("HOST:PORT", "an address HOST:PORT") { HostPort($0) }
}

extension ValueKind<Bool> {
  /// `true` or `false`, `1` or `0`.
  static let bool = Self("true|false", "true or false", usualText: { value, _ in String(value) }) {
    $0 == "true" || $0 == "1" ? true : $0 == "false" || $0 == "0" ? false : nil
  }
}

extension ValueKind<String> {
  /// The members of a shard: `HOST:PORT`, or several with `+` between.
  package static let members = Self("HOST:PORT", "an address HOST:PORT, or those of a shard's members with + between") {
    let members = $0.split(separator: "+", omittingEmptySubsequences: false).map { HostPort(String($0)) }
    guard members.allSatisfy({ $0 != nil }) else { return nil }
    return members.compactMap { $0?.description }.joined(separator: "+")
  }
}
