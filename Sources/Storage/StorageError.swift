/// Why something kept on disk could not be read or written.
package enum StorageError: Error, Hashable, Sendable {
  /// The disk said no.
  case disk(DiskError)
  /// Files are there and none of them is whole.
  case damaged(path: String, hint: String)
  /// A file of another owner.
  case foreign(path: String)
  /// A data directory of another node.
  case misplaced(path: String, owner: String)
  /// What stands at the path of a data directory or of its log is not what was opened there.
  case gone(path: String)
  /// More bytes than the file may hold.
  case tooLarge(path: String, limit: Int)

  /// Whether another node's directory was given.
  package var isMisplaced: Bool { if case .misplaced = self { true } else { false } }

  /// One line for people.
  package var text: String {
    switch self {
    case .disk(let error): error.text
    case .damaged(let path, let hint): "\(path) is damaged: \(hint)"
    case .foreign(let path): "\(path) belongs to another shard or another cluster"
    case .misplaced(let path, let owner):
      "\(path) is the data directory of \(owner): give this node the directory that it had, or an empty one"
    case .gone(let path):
      "\(path) was removed or replaced while the node ran: nothing can be kept in it; take a snapshot of what is in "
        + "memory before the node ends"
    case .tooLarge(let path, let limit): "\(path) may hold \(limit) bytes at most"
    }
  }
}
