import AdminHTTP
import Foundation
import Testing

/// The files of the console: what the program was compiled with, and what a browser would only say when it runs them.
@Suite struct ConsolePageTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources/CConsole/files")

  /// The modules by their names.
  private static let modules = Dictionary(
    uniqueKeysWithValues: ConsolePage.parts.filter { $0.name.hasSuffix(".js") }.map { ($0.name, text($0)) })

  private static func text(_ part: ConsolePage.Part) -> String { String(decoding: part.bytes, as: UTF8.self) }

  @Test func theProgramHasTheFilesOfTheDirectoryAsTheyAre() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(Set(ConsolePage.parts.map(\.name)) == Set(names), "list each file in Sources/CConsole/wc_console.c")
    for part in ConsolePage.parts {
      let bytes = try Data(contentsOf: Self.folder.appending(path: part.name))
      #expect(Data(part.bytes) == bytes, "\(part.name) was compiled from other bytes")
    }
  }

  @Test func everyFileHasAPathAndATypeThatABrowserTakes() throws {
    let types = Dictionary(uniqueKeysWithValues: ConsolePage.parts.map { ($0.path, $0.contentType) })
    #expect(types["/"] == "text/html; charset=utf-8" && types["/console.css"] == "text/css; charset=utf-8")
    for name in Self.modules.keys { #expect(types["/\(name)"] == "text/javascript; charset=utf-8") }
    #expect(Self.modules.count > 10)
    for part in ConsolePage.parts {
      #expect(part.response(part.bytes).headers["Content-Security-Policy"] == ConsolePage.contentSecurityPolicy)
    }
  }

  @Test func filesAreShortAndTheirLinesToo() {
    for part in ConsolePage.parts {
      let lines = Self.text(part).components(separatedBy: "\n")
      #expect(lines.count <= 500, "\(part.name) has \(lines.count) lines")
      for (index, line) in lines.enumerated() {
        #expect(line.count <= 120 && !line.hasSuffix(" "), "\(part.name):\(index + 1) \(line)")
      }
    }
  }

  // MARK: Modules

  private struct Import {
    let module: String
    let names: [String]
  }

  private static func imports(_ text: String) -> [Import] {
    text.matches(of: #/(?m)^import \{ ([^}]*) \} from "\./([a-z-]+\.js)";$/#).map { match in
      Import(module: String(match.2), names: match.1.components(separatedBy: ", "))
    }
  }

  private static func exports(_ text: String) -> [String] {
    text.matches(of: #/(?m)^export (?:async )?(?:function|const|let|class) ([\w$]+)/#).map { String($0.1) }
  }

  @Test func importsAndExportsOfModulesFitTogether() throws {
    var wanted: [String: Set<String>] = [:]
    for (name, text) in Self.modules {
      let imports = Self.imports(text)
      let lines = text.components(separatedBy: "\n").count { $0.hasPrefix("import") }
      #expect(imports.count == lines, "\(name) has an import in another form")
      for one in imports {
        let exported = Self.exports(try #require(Self.modules[one.module], "\(name) imports \(one.module)"))
        for wish in one.names {
          #expect(exported.contains(wish), "\(name) imports \(wish), which \(one.module) does not export")
          let uses = text.ranges(of: wish).count
          #expect(uses > 1, "\(name) imports \(wish) for nothing")
        }
        wanted[one.module, default: []].formUnion(one.names)
      }
    }
    for (name, text) in Self.modules {
      let unused = Set(Self.exports(text)).subtracting(wanted[name] ?? [])
      #expect(unused.isEmpty, "\(name) exports \(unused.sorted()), which no module imports")
    }
  }

  /// A module runs after those that it imports: in a circle one of them would run before what it needs is there.
  @Test func modulesHangOnTheFirstOneWithoutCircles() {
    var done: Set<String> = []
    func visit(_ name: String, _ path: [String]) {
      #expect(!path.contains(name), "\((path + [name]).joined(separator: " → "))")
      guard !path.contains(name), !done.contains(name) else { return }
      for one in Self.imports(Self.modules[name] ?? "") { visit(one.module, path + [name]) }
      done.insert(name)
    }
    visit("console.js", [])
    #expect(done == Set(Self.modules.keys), "modules that console.js does not lead to are never loaded")
  }

  @Test func elementsThatModulesAskForAreInThePage() throws {
    let page = try #require(ConsolePage.parts.first { $0.name == ConsolePage.pageName })
    let ids = Set(Self.text(page).matches(of: #/ id="([\w-]+)"/#).map { String($0.1) })
    for (name, text) in Self.modules {
      for match in text.matches(of: #/\$\("([\w-]+)"\)/#) {
        #expect(ids.contains(String(match.1)), "\(name) asks for \(match.0)")
      }
    }
  }

  /// What the policy would stop, and what the words of an item could use.
  @Test func nothingTurnsTextIntoCode() {
    for part in ConsolePage.parts {
      for banned in [
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "https:",
      ] {
        #expect(!Self.text(part).contains(banned), "\(part.name) has \(banned)")
      }
      guard part.name.hasSuffix(".html") else { continue }
      for banned in ["style=", "onclick=", "<style", "<script>"] {
        #expect(!Self.text(part).contains(banned), "\(part.name) has \(banned)")
      }
    }
  }

  private static let node = ["/usr/bin/node", "/usr/local/bin/node"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  @Test(.enabled(if: node != nil, "there is no node, which reads JavaScript"))
  func nodeReadsEveryModule() throws {
    let node = try #require(Self.node)
    let scratch = FileManager.default.temporaryDirectory.appending(path: "winnow-console-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    // It takes a file for a module by its ending.
    let wrong = "import { a } from \"./b.js\";\nconst c = ;\n"
    for (name, text) in Self.modules.merging(["wrong.js": wrong], uniquingKeysWith: { $1 }) {
      let file = scratch.appending(path: name.replacing(".js", with: ".mjs"))
      try Data(text.utf8).write(to: file)
      let (process, errors) = (Process(), Pipe())
      process.executableURL = URL(filePath: node)
      process.arguments = ["--check", file.path]
      (process.standardInput, process.standardOutput, process.standardError) = (
        FileHandle.nullDevice, FileHandle.nullDevice, errors
      )
      try process.run()
      let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect((process.terminationStatus == 0) == (name != "wrong.js"), "\(name): \(said)")
    }
  }
}
