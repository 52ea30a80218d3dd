/// One value of a flag or positional, read from its text.
package enum Value: Sendable {
  case string(String)
  case int(Int)
  case double(Double)
  case duration(Duration)
  case byteSize(UInt64)
  case address(HostPort)
  case bool(Bool)
}
