import Arguments
import JSON
import Storage
import Vocabulary

/// A directory that a verb writes: it holds nothing but files of its form, and is replaced as a whole.
struct OutputDirectory: Sendable {
  /// The flag that every verb with such an output has.
  static let force = Flag.switch("force", "Replace what is there, as far as Winnow writes files of these names.")

  /// Bytes of a main file within which its mark is looked for.
  private static let mainBytesMax = 4 << 20

  let path: String
  private let form: DirectoryForm
  private let disk = RealDisk()

  /// The directory of a flag.
  ///
  /// - Parameter replaces: Whether one of the form is replaced although `--force` was not given.
  init(
    _ flag: Flag<String>, _ form: DirectoryForm, _ session: Session, replaces: Bool = false
  ) throws(Failure) {
    try self.init(session[flag], form, force: session[Self.force], replaces: replaces)
  }

  /// - Throws: If the directory holds anything else, or what is there is to stay; nothing was changed.
  init(_ path: String, _ form: DirectoryForm, force: Bool, replaces: Bool = false) throws(Failure) {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
    self.form = form
    switch FileIdentity(path).kind {
    case .missing: return
    case .file, .pipe, .device: throw Failure(.conflict, "\(path.visible) is no directory", advice: "give another name")
    case .directory: break
    }
    let names = try list()
    if let stranger = names.first(where: { !form.knows($0) }) {
      throw Failure(
        .conflict, "\(path.visible) holds '\(stranger.visible)', which is no file of \(form.name)",
        advice: "give a directory of its own; such a file is never removed, not even with --force")
    }
    guard !force, !form.kept.isSuperset(of: names) else { return }
    let isOwn = try isOwn(names)
    guard isOwn, form.isReplaced || replaces else {
      throw Failure(
        .conflict,
        isOwn ? "\(path.visible) is there already" : "\(path.visible) holds files that are not known to be Winnow's",
        advice: "--force replaces \(isOwn ? "it" : "them")")
    }
  }

  /// Whether there is a directory with a file in it.
  var isThere: Bool { ((try? disk.list(path)) ?? []).isEmpty == false }

  /// Gives the directory these files, the main one last, and removes others of the form.
  ///
  /// None takes its place before all are on the disk; while they do, the directory lacks its main file, so that no reader
  /// takes files of two writes for one.
  func write(_ files: [(name: String, bytes: [UInt8])]) throws(Failure) {
    precondition(
      files.last?.name == form.main && files.allSatisfy { form.files.contains($0.name) }, "files of the form")
    do throws(DiskError) {
      try disk.makeDirectory(path)
      for file in files { try disk.replace(place(DirectoryForm.part(file.name)), with: file.bytes) }
    } catch {
      for file in files { try? disk.remove(place(DirectoryForm.part(file.name))) }
      throw Failure(error)
    }
    do throws(DiskError) {
      try disk.remove(place(form.main))
      for name in form.files.sorted() where !files.contains(where: { $0.name == name }) {
        try disk.remove(place(name))
      }
      for file in files { try disk.rename(place(DirectoryForm.part(file.name)), to: place(file.name)) }
    } catch { throw Failure(error) }
  }

  /// Makes or replaces one file, and the directory if it is not there.
  func write(_ name: String, _ bytes: [UInt8]) throws(Failure) {
    precondition(form.files.contains(name), "a file of the form")
    do throws(DiskError) {
      try disk.makeDirectory(path)
      try disk.replace(place(name), with: bytes)
    } catch { throw Failure(error) }
  }

  /// Removes one file; does nothing if it is not there.
  func remove(_ name: String) throws(Failure) {
    do throws(DiskError) { try disk.remove(place(name)) } catch { throw Failure(error) }
  }

  /// Removes the files of the form, and the directory if nothing is left in it.
  func remove() throws(Failure) {
    guard FileIdentity(path).kind == .directory else { return }
    do throws(DiskError) {
      for name in try disk.list(path) where form.knows(name) { try disk.remove(place(name)) }
      if try disk.list(path).isEmpty { try disk.removeDirectory(path) }
    } catch { throw Failure(error) }
  }

  private func place(_ name: String) -> String { "\(path)/\(name)" }

  private func list() throws(Failure) -> [String] {
    do throws(DiskError) { return try disk.list(path) } catch { throw Failure(error) }
  }

  private func isOwn(_ names: [String]) throws(Failure) -> Bool {
    guard names.contains(form.main) else { return false }
    do throws(DiskError) {
      let head = try disk.openForReading(place(form.main)).read(at: 0, count: Self.mainBytesMax)
      guard head.firstRange(of: Array(form.mark.utf8)) != nil else { return false }
      // A main file that knows the sizes of the others tells which of them a person put there.
      guard let sizes = (try? JSONReader.read(head[...]))?["file_bytes"] else { return true }
      for name in names where form.files.contains(name) && name != form.main {
        guard sizes[name] == .int(try disk.openForReading(place(name)).size) else { return false }
      }
      return true
    } catch { throw Failure(error) }
  }
}
