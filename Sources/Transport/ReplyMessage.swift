package import Vocabulary

/// A whole reply as it reached a client.
package struct ReplyMessage: Sendable {
  /// The joined raw fragments.
  package let body: ArraySlice<UInt8>
  /// Microseconds that the server says it spent.
  package let serverMicroseconds: UInt32
  /// The epoch that the node knows, 0 if none.
  package let epoch: Epoch

  /// A reply; tests of callers make their own.
  package init(body: ArraySlice<UInt8>, serverMicroseconds: UInt32 = 0, epoch: Epoch = Epoch(0)) {
    self.body = body
    self.serverMicroseconds = serverMicroseconds
    self.epoch = epoch
  }
}
