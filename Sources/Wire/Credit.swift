/// The body of CREDIT: the number of further requests that may be in flight, for good.
package struct Credit: ConnectionBody {
  package var count: UInt32 = 0

  package init() {}

  /// Grants credits, at least 1.
  package init(count: UInt32) { self.count = count }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("credits", &count, in: 1...UInt32.max)
  }
}
