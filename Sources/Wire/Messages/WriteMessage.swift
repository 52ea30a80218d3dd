/// UPSERT, UPDATE and DELETE: a change of items, answered for each of them.
package protocol WriteMessage: RequestMessage where Reply == WriteResponse {
  /// Whether the answer is to say how many members of a shard have the write: a request says it by version 2 of its body,
  /// which has the fields of version 1.
  var wantsCopies: Bool { get set }
}

extension WriteMessage {
  package var sentVersion: UInt16 { wantsCopies ? 2 : 1 }
}
