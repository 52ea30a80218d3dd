/// What the sources of a room say about one of its types.
struct HouseType {
  /// What a type may have too much of.
  enum Excess {
    case files
    case properties
    case locks
  }

  /// Whether it has an identity or a state of its own: a class, an actor, a struct that cannot be copied or has a lock. Any
  /// other is a value, such as a message, settings or a report: its properties are fields, as many as it takes.
  var acts: Bool { hasIdentity || lockCount > 0 }
  private var hasIdentity = false
  /// Where it is declared and extended.
  private(set) var files: Set<String> = []
  private(set) var propertyCount = 0
  private(set) var lockCount = 0
  private var isDeclared = false

  /// The types of some sources, by room and name.
  static func read(_ sources: [HouseSource]) -> [String: HouseType] {
    var types: [String: HouseType] = [:]
    for source in sources { read(source, &types) }
    return types.filter(\.value.isDeclared)
  }

  private static func read(_ source: HouseSource, _ types: inout [String: HouseType]) {
    let declaration = #/\b(?<kind>struct|class|enum|actor|extension|protocol) (?<name>[A-Z][\w.]*)(?<rest>.*)/#
    /// The types around a line, each with the depth of its members.
    var around: [(name: String, depth: Int)] = []
    var depth = 0
    var next: String?
    for line in source.code.split(separator: "\n") {
      if isDeclaration(line), let match = line.firstMatch(of: declaration) {
        let isExtension = match.kind == "extension"
        let name = (isExtension ? source.room : around.last?.name ?? source.room) + "." + match.name
        next = name
        if match.kind != "protocol" {
          types[name, default: HouseType()].files.insert(source.path)
          if !isExtension {
            types[name]?.isDeclared = true
            types[name]?.hasIdentity = ["class", "actor"].contains(match.kind) || match.rest.contains("~Copyable")
          }
        }
      } else if let type = around.last, type.depth == depth {
        types[type.name]?.count(line)
      }
      for byte in line.utf8 where byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") {
        if byte == UInt8(ascii: "{") {
          depth += 1
          if let name = next { around.append((name, depth)) }
          next = nil
        } else {
          if around.last?.depth == depth { around.removeLast() }
          depth -= 1
        }
      }
    }
  }

  /// Quick, since most lines are none.
  private static func isDeclaration(_ line: Substring) -> Bool {
    ["struct ", "class ", "enum ", "actor ", "extension ", "protocol "].contains { line.contains($0) }
  }

  /// Counts the stored properties that a line of its members declares.
  private mutating func count(_ line: Substring) {
    guard line.contains("let ") || line.contains("var "),
      let match = line.firstMatch(
        of: #/^\s*(?<before>(?:[@a-z]\w*(?:\([^)]*\))?\s+)*?)(?<keyword>let|var) (?<rest>.*)/#),
      !match.before.contains("static")
    else { return }
    let head = match.rest.prefix { $0 != "=" && $0 != "{" }
    let block = match.rest.dropFirst(head.count)
    guard !block.hasPrefix("{") || block.contains("didSet") else { return }
    let names = head.prefix { $0 != ":" }.count { $0 == "," } + 1
    propertyCount += names
    if match.rest.contains(#/\bLock[<(]/#) { lockCount += names }
  }
}
