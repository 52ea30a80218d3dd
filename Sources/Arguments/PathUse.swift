/// The use that a command makes of a path.
package enum PathUse: Sendable, Equatable {
  /// Reads a file or directory; `-` may stand for standard input.
  case input
  /// Writes a file.
  case outputFile
  /// Writes the files of a directory.
  case outputDirectory
}
