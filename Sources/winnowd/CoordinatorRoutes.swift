import AdminHTTP
import CoordinatorNode
import Storage
import Vocabulary

/// The routes of a coordinator besides those of every node: the console, its page and the page's requests.
struct CoordinatorRoutes {
  let coordinator: Coordinator
  /// Where the files of the page are read for each request; `nil`: they are those that the program was compiled with.
  let consoleDirectory: String?

  /// Bytes of a query in JSON: a vector of the most dimensions has room in it.
  private static let queryBytesMax = 1 << 20

  /// Who sees the page, and what it shows.
  private static let readers: Roles = [.read, .admin]

  /// Bytes that a file of the page may have.
  private static let fileBytesMax = 1 << 20

  init(_ coordinator: Coordinator, consoleDirectory: String?) {
    self.coordinator = coordinator
    self.consoleDirectory = consoleDirectory
  }

  /// All of them.
  var all: [AdminRoute] {
    let coordinator = coordinator
    return ConsolePage.parts.map(route) + [
      .get("/api/status", for: Self.readers) { _ in AdminResponse(await coordinator.console.status()) },
      .get("/api/live", for: Self.readers) { _ in AdminResponse(coordinator.console.live()) },
      .get("/api/slow") { _ in AdminResponse(coordinator.console.slow()) },
      .post("/api/history", for: Self.readers) { request in
        AdminResponse(await coordinator.console.history(request.body))
      },
      .post("/api/event", for: [.write, .admin]) { request in
        AdminResponse(await coordinator.console.event(request.body))
      },
      .post("/api/suggest", for: Self.readers) { request in
        AdminResponse(await coordinator.console.suggest(request.body))
      },
      .post("/api/rank", for: Self.readers, bodyBytesMax: Self.queryBytesMax) { request in
        AdminResponse(await coordinator.console.rank(request.body))
      },
    ]
  }

  /// Only the paths of the parts are routes, so no request can name another file of the directory.
  private func route(_ part: ConsolePage.Part) -> AdminRoute {
    guard let consoleDirectory else {
      return .get(part.path, for: Self.readers) { [response = part.response(part.bytes)] _ in response }
    }
    return .get(part.path, for: Self.readers) { _ in
      do throws(ConsoleFileError) {
        return part.response(try Self.read(part.name, in: consoleDirectory))
      } catch { return .text("\(error.text)\n", status: 404) }
    }
  }

  /// Reads a file of the page from a directory.
  static func read(_ name: String, in directory: String) throws(ConsoleFileError) -> [UInt8] {
    let path = "\(directory)/\(name)"
    do throws(DiskError) {
      if let bytes = try RealDisk().read(path, limit: fileBytesMax) { return bytes }
    } catch { throw ConsoleFileError(text: error.text) }
    throw ConsoleFileError(
      text: "there is no \(path): --console-dir takes a copy of Sources/CConsole/files; without it the console is the "
        + "one inside the program")
  }
}

/// Why a file of the page cannot be served, for the person who works on it.
struct ConsoleFileError: Error {
  let text: String
}

extension AdminResponse {
  /// The HTTP answer with a reply to the console.
  fileprivate init(_ reply: ConsoleReply) { self = .json(reply.json, status: reply.status) }
}
