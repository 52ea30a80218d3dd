/// The body of GOAWAY: the server takes no more requests.
package struct GoAway: ConnectionBody {
  /// Requests with greater ids were not executed.
  package var lastRequestID: UInt64 = 0
  package var reason = ErrorCode(rawValue: 0)
  /// Until the server closes.
  package var milliseconds: UInt32 = 0

  package init() {}

  /// Says goodbye.
  package init(lastRequestID: UInt64, reason: ErrorCode, milliseconds: UInt32) {
    self.lastRequestID = lastRequestID
    self.reason = reason
    self.milliseconds = milliseconds
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("last_id", &lastRequestID)
    try c.integer("code", &reason)
    try c.integer("drain_ms", &milliseconds)
  }
}
