import Arguments
import Glibc
import Storage

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
  }

  /// Compares all paths of a verb by device and inode.
  static func check(_ values: Values) throws(Failure) {
    let files = values.paths(.outputFile).map(Place.init)
    let directories = values.paths(.outputDirectory).map(Place.init)
    guard !(files + directories).isEmpty else { return }
    let inputs = values.paths(.input)
    let complain = { (place: Place, what: String) in
      Failure(.usage, values.path.joined(separator: " ") + ": \(place.name) \(what)", advice: "give another place")
    }
    for output in files + directories {
      guard output.path != "-" else { throw complain(output, "cannot be standard output; it needs a file's name") }
      for input in inputs where input.path != "-" {
        let input = Place(input)
        if input.identity == output.identity {
          throw complain(output, "is \(input.name) too: \(output.path) would be lost")
        }
        if input.identity.kind == .directory, input.identity == output.parent, output.identity.kind == .file {
          throw complain(output, "is a file of \(input.name): \(output.path) would be lost")
        }
        if output.identity.kind == .directory, input.parent == output.identity, input.identity.kind == .file {
          throw complain(output, "holds \(input.name): \(input.path) could be lost")
        }
      }
      if inputs.contains(where: { $0.path == "-" }), let input = FileIdentity(descriptor: STDIN_FILENO),
        input.kind == .file, input == output.identity
      {
        throw complain(output, "is standard input too: \(output.path) would be lost")
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
      if let twin = all[..<index].first(where: { $0.identity == output.identity && $0.identity.kind != .special }) {
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
