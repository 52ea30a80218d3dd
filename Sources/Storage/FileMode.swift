import Glibc

/// Who may read and write a file that holds a secret.
package enum FileMode {
  /// Whether others than owner and group may read a file, or others than the owner may write it; a file that is not
  /// there is not open.
  package static func isOpen(_ path: String) -> Bool {
    var status = stat()
    // SAFETY: the system fills a local variable during the call.
    return unsafe stat(path, &status) == 0 && status.st_mode & 0o026 != 0
  }

  /// Who may do what with a file, as `chmod` takes it; `nil`: it is not there.
  package static func bits(_ path: String) -> UInt32? {
    var status = stat()
    // SAFETY: the system fills a local variable during the call.
    return unsafe stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
  }

  /// Keeps a file from everyone but its owner.
  ///
  /// - Returns: Whether the system did so.
  package static func close(_ path: String) -> Bool {
    // SAFETY: the system reads the path, a text that ends with a zero, during the call.
    unsafe chmod(path, 0o600) == 0
  }
}
