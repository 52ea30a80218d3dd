import FoundationEssentials
import Glibc

/// A fresh directory under `/tmp`, removed with all that is in it when nobody references it.
package final class TemporaryDirectory: Sendable {
  /// Where it is.
  package let path: String

  /// A new, empty directory.
  package init() {
    var template = Array("/tmp/winnow-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "no temporary directory: errno \(errno)")
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
