import Arguments
import Glibc
import Storage
import Vocabulary

/// Refuses, before a verb begins, outputs that would destroy an input or another output.
///
/// It knows them by the kinds of flags and positionals, so that no verb has to ask. What stands at an output's place is
/// judged where the output is opened: `OutputFile` and `OutputDirectory`.
enum OutputGuard {
  private struct Place {
    let name: String
    let path: String
    let identity: FileIdentity
    let parent: FileIdentity

    init(_ given: (name: String, path: String)) {
      name = Values.spelled(given.name)
      path = given.path
      identity = FileIdentity(path)
      parent = FileIdentity.parent(of: path)
    }

    /// An open file, which no path has to lead to.
    init(_ name: String, _ path: String, _ identity: FileIdentity) {
      (self.name, self.path, self.identity, parent) = (name, path, identity, identity)
    }
  }

  /// What a verb reads; `-` is what standard input is.
  private static func inputs(_ values: Values) -> [Place] {
    values.paths(.input).compactMap { given in
      guard given.path == "-" else { return Place(given) }
      return FileIdentity(descriptor: STDIN_FILENO).map { Place("standard input", "standard input", $0) }
    }
  }

  private static func entries(of directory: String) -> Set<FileIdentity> {
    Set(((try? RealDisk().list(directory)) ?? []).map { FileIdentity("\(directory)/\($0)") })
  }

  /// Compares all paths of a verb by device and inode.
  static func check(_ values: Values) throws(Failure) {
    let files = values.paths(.outputFile).map(Place.init)
    let directories = values.paths(.outputDirectory).map(Place.init)
    guard !(files + directories).isEmpty else { return }
    let complain = { (place: Place, what: String) in
      Failure(.usage, values.path.joined(separator: " ") + ": \(place.name) \(what)", advice: "give another place")
    }
    let inputs = inputs(values)
    for output in files + directories {
      guard output.path != "-" else { throw complain(output, "cannot be standard output; it needs a file's name") }
      // What lies in a directory that is written may be named by any path, or be standard input.
      let entries = output.identity.kind == .directory ? Self.entries(of: output.path) : []
      for input in inputs {
        let lost = "\(input.path.visible) would be lost"
        // A device, such as /dev/null, may be read and written at once.
        if input.identity == output.identity, input.identity.kind != .device {
          throw complain(output, "is \(input.name) too: \(lost)")
        }
        if input.identity.kind == .directory, input.identity == output.parent, output.identity.kind == .file {
          throw complain(output, "is a file of \(input.name): \(output.path.visible) would be lost")
        }
        if input.identity.kind == .file, input.parent == output.identity || entries.contains(input.identity) {
          throw complain(output, "holds \(input.name): \(lost)")
        }
      }
      for (descriptor, name) in [(STDOUT_FILENO, "standard output"), (STDERR_FILENO, "standard error")] {
        if let stream = FileIdentity(descriptor: descriptor), stream.kind == .file, stream == output.identity {
          throw complain(output, "is where \(name) goes: each would write over the other")
        }
      }
    }
    try checkPairs(files, directories, complain)
  }

  private static func checkPairs(
    _ files: [Place], _ directories: [Place], _ complain: (Place, String) -> Failure
  ) throws(Failure) {
    let all = files + directories
    for (index, output) in all.enumerated() {
      if let twin = all[..<index].first(where: { $0.identity == output.identity && $0.identity.kind != .device }) {
        throw complain(output, "is \(twin.name) too: each would write over the other")
      }
    }
    for file in files {
      if let directory = directories.first(where: { $0.identity == file.parent }) {
        throw complain(file, "lies in \(directory.name), which holds nothing but its own files")
      }
    }
  }
}
