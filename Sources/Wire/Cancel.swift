/// The body of CANCEL: the request whose answer the client has given up.
package struct Cancel: ConnectionBody {
  package var requestID: UInt64 = 0

  package init() {}

  /// Cancels a request.
  package init(requestID: UInt64) { self.requestID = requestID }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("request_id", &requestID)
  }
}
