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
  /// The directory whose `authority.pem` says which servers to trust, and whose `certificate.pem` and `key.pem`, if they
  /// are there, say who the client is; read again when the files change. `nil`: links are plain.
  public var tlsDirectory: String?
  /// The name that the server's certificate has to have; `nil`: the host that is dialled.
  public var tlsName: String?
  /// The file whose first line is the key that is proved to a coordinator that asks for one; read again for each
  /// connection. `nil`: there is none.
  public var keyFile: String?
  /// Name and version of the program, at most 64 bytes of printable ASCII.
  public var program = "winnow-swift"

  /// The defaults.
  public init() {}
}
