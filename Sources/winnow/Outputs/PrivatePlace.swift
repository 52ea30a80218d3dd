import Arguments
import Storage
import Vocabulary

/// Where a private training writes: `public`, a model that may be given away, and `holder`, which may not.
struct PrivatePlace {
  private static let (publicName, holderName) = ("public", "holder")

  let out: String
  private let model: OutputDirectory
  private let holder: OutputDirectory

  /// - Throws: If something else is in the way; nothing was changed.
  init(_ out: String, force: Bool) throws(Failure) {
    var path = out
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.out = path
    switch FileIdentity(path).kind {
    case .missing: break
    case .directory:
      let names: [String]
      do throws(DiskError) { names = try RealDisk().list(path) } catch { throw Failure(error) }
      if let stranger = names.first(where: { $0 != Self.publicName && $0 != Self.holderName }) {
        throw Failure(
          .conflict, "\(path.visible) holds '\(stranger.visible)', which no private training writes",
          advice: "give a directory of its own")
      }
    default: throw Failure(.conflict, "\(path.visible) is no directory", advice: "give another name")
    }
    model = try OutputDirectory("\(path)/\(Self.publicName)", .model, force: force)
    holder = try OutputDirectory("\(path)/\(Self.holderName)", .holder, force: force)
  }

  /// Writes both directories, the holder's first: a public one that is there is whole.
  func write(
    model files: [(name: String, bytes: [UInt8])], holder data: [(name: String, bytes: [UInt8])], record: [UInt8]
  ) throws(Failure) {
    try ClosedDirectory.make(holder.path)
    try holder.write([("training.json", record)] + data)
    try model.write(files)
  }

  /// The directory of the model that a path means: its `public` part, if it is of a private training.
  static func model(_ path: String) -> String {
    FileIdentity("\(path)/\(publicName)/manifest.json").kind == .file ? "\(path)/\(publicName)" : path
  }

  /// The directory whose record says what was held out: the `holder` part, if the path is of a private training.
  static func record(_ path: String) -> String {
    model(path) == path ? path : "\(path)/\(holderName)"
  }
}
