import Arguments
import Glibc
import Storage
import Vocabulary

/// A file that a verb writes; with `OutputDirectory` the only way to one.
///
/// What is written goes beside the file's place and takes it at the end, so that a verb which fails leaves the old file.
/// A device or a pipe is written to in place. One owner at a time.
final class OutputFile {
  /// How the file comes to its place.
  private enum Target {
    case beside(part: String)
    case inPlace
  }

  private static let disk = RealDisk()

  private let path: String
  private let target: Target
  private var file: (any AppendableFile)?
  private var isFinished = false

  /// The flag that every verb with outputs has.
  static let force = Flag.switch("force", "Write over a file that Winnow did not write.")

  /// The file of a flag, if the flag was given: checked now, made with the first bytes.
  static func of(
    _ flag: Flag<String?>, _ form: FileForm, _ session: Session, appends: Bool = false
  ) throws(Failure) -> OutputFile? {
    guard let path = session[flag] else { return nil }
    let force = session[Self.force]
    do throws(Failure) { return try OutputFile(path, form, force: force, appends: appends) } catch {
      guard error.code == .usage else { throw error }
      throw session.usage(flag, error.message)
    }
  }

  /// - Parameters:
  ///   - form: What the file is; one that looks otherwise is replaced only with `force`. `nil`: the program's own file.
  ///   - appends: Whether what stands there stays, if it is of the form.
  init(_ path: String, _ form: FileForm?, force: Bool = false, appends: Bool = false) throws(Failure) {
    let (path, kind) = try Self.resolved(path)
    self.path = path
    switch kind {
    case .directory: throw Failure(.usage, "is a directory: \(path.visible)")
    case .pipe, .device: target = .inPlace
    case .missing:
      do throws(DiskError) { try Self.disk.makeDirectory(Self.directory(of: path)) } catch { throw Failure(error) }
      target = appends ? .inPlace : .beside(part: Self.part(path))
    case .file:
      let isOwn = try form.map { form throws(Failure) in form.isOwn(try Self.head(path)) } ?? true
      guard isOwn || force else {
        throw Failure(
          .conflict, "\(path.visible) is there already, and is not \(form?.name ?? "the program's")",
          advice: "give another name, or --force to replace it")
      }
      target = appends && isOwn ? .inPlace : .beside(part: Self.part(path))
    }
  }

  deinit {
    if case .beside(let part) = target, file != nil, !isFinished { try? Self.disk.remove(part) }
  }

  /// Adds bytes.
  func write(_ bytes: [UInt8]) throws(Failure) {
    do throws(DiskError) { try open().append(bytes) } catch { throw Failure(error) }
  }

  /// Adds a line.
  func write(line: String) throws(Failure) { try write(Array((line + "\n").utf8)) }

  /// Gives the file its place; one to which nothing was written is empty.
  func finish() throws(Failure) {
    guard !isFinished else { return }
    do throws(DiskError) {
      let file = try open()
      if case .beside(let part) = target {
        try file.sync()
        try Self.disk.rename(part, to: path)
      }
    } catch { throw Failure(error) }
    isFinished = true
  }

  /// Removes the file, for which there is no more use.
  func remove() throws(Failure) {
    do throws(DiskError) { try Self.disk.remove(path) } catch { throw Failure(error) }
    isFinished = true
  }

  /// The only bytes of the file.
  func finish(_ bytes: [UInt8]) throws(Failure) {
    try write(bytes)
    try finish()
  }

  private func open() throws(DiskError) -> any AppendableFile {
    if let file { return file }
    let opened: any AppendableFile
    switch target {
    case .beside(let part): opened = try Self.disk.makeNew(part)
    case .inPlace:
      do throws(DiskError) { opened = try Self.disk.openExisting(path) } catch {
        guard error.isMissing else { throw error }
        opened = try Self.disk.makeNew(path)
      }
    }
    file = opened
    return opened
  }

  /// Where a link leads, so that the file at its end is replaced and not the link.
  private static func resolved(_ path: String) throws(Failure) -> (String, FileIdentity.Kind) {
    let kind = FileIdentity(path).kind
    guard kind != .pipe, kind != .device else { return (path, kind) }
    guard FileIdentity.isLink(path) else { return (path, kind) }
    // SAFETY: realpath gives a text that ends with a zero, which is freed here, or nothing.
    guard kind != .missing, let text = unsafe realpath(path, nil) else {
      throw Failure(.failed, "\(path.visible) is a link to nothing", advice: "remove the link, or give another name")
    }
    defer { unsafe free(text) }
    return (unsafe String(cString: text), kind)
  }

  private static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// A name beside the file that no other process takes at the same time.
  private static func part(_ path: String) -> String {
    var number = 0
    while true {
      let name = "\(path).\(getpid())\(number == 0 ? "" : "-\(number)").part"
      if FileIdentity(name).kind == .missing { return name }
      number += 1
    }
  }

  private static func head(_ path: String) throws(Failure) -> [UInt8] {
    do throws(DiskError) { return try disk.openForReading(path).read(at: 0, count: FileForm.headBytes) } catch {
      throw Failure(error)
    }
  }
}
