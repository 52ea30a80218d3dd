import JSON
import SocketTransport
import Vocabulary

/// Which directory each collection was pushed from on this machine, so that its dictionaries are found again: a file of
/// the person's own, of which nothing but names of ids depends.
struct PushMemory {
  /// A push that succeeded.
  struct Push: Equatable {
    let coordinator: String
    let collection: String
    /// The generation that the push made; `nil`: it gave the one that was there another model.
    let generation: UInt32?
    /// Absolute.
    let directory: String
  }

  /// Pushes of one collection that are kept, for roll-backs.
  private static let keptMax = 4
  private static let bytesMax = 1 << 20

  /// The one that serves last.
  private(set) var pushes: [Push] = []

  /// `$XDG_STATE_HOME/winnow/pushes.json`, or that below `~/.local/state`; `nil` without a home.
  static func path(_ variables: [String: String]) -> String? {
    if let state = variables["XDG_STATE_HOME"], state.utf8.first == UInt8(ascii: "/") {
      return "\(state)/winnow/pushes.json"
    }
    guard let home = variables["HOME"], home.utf8.first == UInt8(ascii: "/") else { return nil }
    return "\(home)/.local/state/winnow/pushes.json"
  }

  /// The remembered values; none, and a warning, if the file is damaged.
  static func read(_ path: String? = path(ProcessContext.environment)) -> PushMemory {
    guard let path else { return PushMemory() }
    do throws(Failure) {
      guard let bytes = try Files.readIfThere(path, limit: bytesMax) else { return PushMemory() }
      if let memory = PushMemory(bytes) { return memory }
      StandardStreams.error("warning: \(path) is damaged and ignored; the next push makes another one\n")
    } catch {
      StandardStreams.error("warning: \(path) cannot be read: \(error.message)\n")
    }
    return PushMemory()
  }

  /// Changes what is remembered; a warning if it cannot be kept.
  static func change(_ path: String? = path(ProcessContext.environment), _ body: (inout PushMemory) -> Void) {
    guard let path else { return }
    var memory = read(path)
    let old = memory.json.text.exact
    body(&memory)
    guard memory.json.text.exact != old else { return }
    do throws(Failure) { try Files.write(path, Array(memory.json.text.utf8) + [0x0A]) } catch {
      StandardStreams.error("warning: the push is not remembered: \(error.message)\n")
    }
  }

  init() {}

  /// What a file says; `nil` if it is none of this kind. An entry that is damaged is left out, and does not hide the others.
  init?(_ bytes: [UInt8]) {
    guard let value = try? JSONReader.read(bytes[...]), value["format"] == .text("winnow-pushes"),
      value["version"] == .int(1),
      case .list(let entries) = value["pushes"]
    else { return nil }
    for entry in entries {
      guard case .text(let coordinator) = entry["coordinator"], case .text(let collection) = entry["collection"],
        case .text(let directory) = entry["directory"], directory.utf8.first == UInt8(ascii: "/")
      else { continue }
      let generation = entry["generation"]?.asID.flatMap { UInt32(exactly: $0) }
      pushes.append(
        Push(coordinator: coordinator, collection: collection, generation: generation, directory: directory))
    }
  }

  var json: JSON {
    .object([
      ("format", .text("winnow-pushes")), ("version", .int(1)),
      (
        "pushes",
        .list(
          pushes.map { push in
            .object([
              ("coordinator", .text(push.coordinator)), ("collection", .text(push.collection)),
              ("generation", push.generation.map { .int(Int($0)) } ?? .null), ("directory", .text(push.directory)),
            ])
          })
      ),
    ])
  }

  /// The directory that a collection was pushed from.
  func directory(_ coordinator: String, _ collection: String) -> String? {
    pushes.last { $0.coordinator == coordinator && $0.collection == collection }?.directory
  }

  /// Remembers a push.
  mutating func add(_ push: Push) {
    // A model for the generation that is there goes in the place of the one that it had.
    if push.generation == nil, let last = pushes.lastIndex(where: { $0.isOf(push.coordinator, push.collection) }) {
      let generation = pushes.remove(at: last).generation
      pushes.append(
        Push(
          coordinator: push.coordinator, collection: push.collection, generation: generation,
          directory: push.directory))
      return
    }
    pushes.append(push)
    let own = pushes.filter { $0.isOf(push.coordinator, push.collection) }
    if own.count > Self.keptMax, let first = pushes.firstIndex(of: own[0]) { pushes.remove(at: first) }
  }

  /// Takes in that another generation serves: what was pushed with it holds again; nothing does if that is not known.
  mutating func rollBack(_ coordinator: String, _ collection: String, to generation: UInt32?) {
    let own = pushes.filter { $0.isOf(coordinator, collection) }
    guard let serving = own.last(where: { $0.generation == generation && generation != nil }) else {
      return forget(coordinator, collection)
    }
    pushes.removeAll { $0 == serving }
    pushes.append(serving)
  }

  /// Forgets a collection.
  mutating func forget(_ coordinator: String, _ collection: String) {
    pushes.removeAll { $0.isOf(coordinator, collection) }
  }

  /// The path from the root.
  static func absolute(_ directory: String) -> String {
    guard directory.utf8.first != UInt8(ascii: "/"), let base = ProcessContext.workingDirectory else {
      return directory
    }
    return "\(base)/\(directory)"
  }
}

extension PushMemory.Push {
  fileprivate func isOf(_ coordinator: String, _ collection: String) -> Bool {
    self.coordinator == coordinator && self.collection == collection
  }
}
