/// Why something kept on disk could not be read or written.
package enum StorageError: Error, Hashable, Sendable {
  /// The disk said no.
  case disk(DiskError)
  /// Files are there and none of them is whole.
  case damaged(path: String, hint: String)
  /// A file of another owner.
  case foreign(path: String)
  /// More bytes than the file may hold.
  case tooLarge(path: String, limit: Int)

  /// One line for people.
  package var text: String {
    switch self {
    case .disk(let error): error.text
    case .damaged(let path, let hint): "\(path) is damaged: \(hint)"
    case .foreign(let path): "\(path) belongs to another shard or another cluster"
    case .tooLarge(let path, let limit): "\(path) may hold \(limit) bytes at most"
    }
  }
}
