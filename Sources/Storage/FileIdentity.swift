import Glibc

/// Which file or directory a path means, however the path is written: two paths are one thing if their identities are
/// equal. Links are followed.
package struct FileIdentity: Hashable, Sendable {
  /// The kind of entry at a path.
  package enum Kind: Sendable {
    case missing, file, directory
    /// A pipe or a socket.
    case pipe
    case device
  }

  /// The kind of the entry; it follows from the rest.
  package let kind: Kind
  private let device: UInt64
  private let inode: UInt64
  /// The part of the path that does not exist yet, below the nearest directory that does.
  private let missing: [UInt8]

  /// The identity of a path; a relative one begins at the process's directory.
  ///
  /// - Complexity: A system call for each part of the path that is missing.
  package init(_ path: String) {
    var (rest, missing): (String, [UInt8]) = (path, [])
    while true {
      var status = stat()
      // SAFETY: the system fills a local variable during the call.
      if unsafe stat(rest, &status) == 0 {
        self.init(status, missing: missing)
        return
      }
      let (above, name) = Self.split(rest)
      // A path that cannot be examined under any name is identified by its text alone.
      guard above != rest else { break }
      if name != "." { missing = Array(name.utf8) + (missing.isEmpty ? [] : [0x2F] + missing) }
      rest = above
    }
    self.init(stat(), missing: Array(path.utf8))
  }

  /// The identity of an open file, such as standard input; `nil` if it is closed.
  package init?(descriptor: Int32) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    self.init(status, missing: [])
  }

  private init(_ status: stat, missing: [UInt8]) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
    self.missing = missing
    if !missing.isEmpty {
      kind = .missing
    } else {
      switch status.st_mode & S_IFMT {
      case S_IFREG: kind = .file
      case S_IFDIR: kind = .directory
      case S_IFIFO, S_IFSOCK: kind = .pipe
      default: kind = .device
      }
    }
  }

  /// Whether a link stands at a path, wherever it leads and be it to nothing.
  package static func isLink(_ path: String) -> Bool {
    var text = path[...]
    while text.count > 1, text.hasSuffix("/") { text.removeLast() }
    var status = stat()
    return unsafe lstat(String(text), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// The directory that a path's last part stands in.
  package static func parent(of path: String) -> FileIdentity { FileIdentity(split(path).above) }

  private static func split(_ path: String) -> (above: String, name: String) {
    var text = Substring(path)
    while text.count > 1, text.hasSuffix("/") { text.removeLast() }
    guard let slash = text.lastIndex(of: "/") else { return (text == "." ? path : ".", String(text)) }
    let above = slash == text.startIndex ? "/" : String(text[..<slash])
    return (text == "/" ? path : above, String(text[text.index(after: slash)...]))
  }
}
