/// How a client behaves.
public struct ClientOptions: Hashable, Sendable {
  /// The budget of a read that is not given its own, 1 µs…60 s; a query answers the best so far within it.
  public var timeout: Duration = .seconds(1)
  /// The budget of a write or of an administrative call that is not given its own.
  public var writeTimeout: Duration = .seconds(15)
  /// Connections to the coordinator at most, each with many calls in flight.
  public var connectionCount = 1
  /// Whether payloads may be compressed.
  public var isCompressing = true
  /// Name and version of the program, at most 64 bytes of printable ASCII.
  public var program = "winnow-swift"

  /// The defaults.
  public init() {}
}
