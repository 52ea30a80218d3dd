import FoundationEssentials

/// A folder of `proto-spec/08-files/golden`: what an earlier version wrote, and every later one has to open.
package struct GoldenFolder: Sendable {
  /// Where it is.
  package let path: String

  /// The folder of a name.
  package init(_ name: String) {
    path =
      URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "proto-spec/08-files/golden/\(name)").path
  }

  /// Whether it is to be written: once, by whoever makes a format, with `WINNOW_WRITE_GOLDEN=1`.
  package static let isWanted = ProcessInfo.processInfo.environment["WINNOW_WRITE_GOLDEN"] == "1"

  /// The files in it and below it, by their paths in it, ascending.
  package func files() throws -> [(name: String, bytes: [UInt8])] {
    try Self.names(below: path).map { name in
      (name, Array(try Data(contentsOf: URL(filePath: "\(path)/\(name)"))))
    }
  }

  /// Paths of all files below a directory, ascending.
  package static func names(below directory: String) throws -> [String] {
    var names: [String] = []
    for name in try FileManager.default.contentsOfDirectory(atPath: directory).sorted() {
      var isDirectory = false
      _ = FileManager.default.fileExists(atPath: "\(directory)/\(name)", isDirectory: &isDirectory)
      names += isDirectory ? try Self.names(below: "\(directory)/\(name)").map { "\(name)/\($0)" } : [name]
    }
    return names
  }

  /// Writes a file of it, with the folders that it needs.
  package func write(_ name: String, _ bytes: [UInt8]) throws {
    let url = URL(filePath: "\(path)/\(name)")
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
  }

  /// Puts copies of all files into a directory.
  package func copy(to directory: String) throws {
    for (name, bytes) in try files() {
      let url = URL(filePath: "\(directory)/\(name)")
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: url)
    }
  }
}
