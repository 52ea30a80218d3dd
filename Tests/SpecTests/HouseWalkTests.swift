import Foundation
import Testing

/// The walk of a query in `Sources/Architecture.md` is the one that the code takes.
@Suite struct HouseWalkTests {
  /// A file of a step, or a whole room.
  struct Place: Hashable {
    /// From `Sources` on, without `.swift`.
    let path: String

    var isRoom: Bool { !path.contains("/") }

    var file: String { "Sources/\(path).swift" }

    /// The type that the file is named after.
    var type: String { (path.components(separatedBy: "/").last ?? path).components(separatedBy: "+")[0] }
  }

  /// Who calls whom, by the page.
  struct Call: Hashable {
    let caller: Place
    let callee: Place
  }

  /// The places and calls of a walk: an arrow is a call, and so is a step below another and further to the right.
  static func read(_ block: [String]) -> (places: [Place], calls: [Call]) {
    var places: [Place] = []
    var calls: [Call] = []
    var open: [(indent: Int, place: Place)] = []
    for line in block {
      let indent = line.prefix { $0 == " " }.count
      // A step, its files, words about it: columns with two blanks or more between them.
      let columns = line.dropFirst(indent).replacing(#/ {2,}/#, with: "\t").components(separatedBy: "\t")
      guard columns.count > 1 else { continue }
      let chain = columns[1].components(separatedBy: " → ").map(Place.init)
      open.removeAll { $0.indent >= indent }
      if let caller = open.last?.place { calls.append(Call(caller: caller, callee: chain[0])) }
      for (caller, callee) in zip(chain, chain.dropFirst()) { calls.append(Call(caller: caller, callee: callee)) }
      places += chain
      open.append((indent, chain[chain.count - 1]))
    }
    return (places, calls)
  }

  private static func walk() throws -> (places: [Place], calls: [Call]) {
    let lines = try House.text("Sources/Architecture.md").components(separatedBy: "\n")
    let section = lines.drop { $0 != "## The walk of a query" }
    return read(Array(section.drop { $0 != "```" }.dropFirst().prefix { $0 != "```" }))
  }

  /// Whether the code of the caller speaks of the callee: comments and literals do not count.
  static func calls(_ caller: HouseSource, _ callee: Place) throws -> Bool {
    callee.isRoom
      ? try caller.captures(#"^\s*(?:package |internal |private )?import (\w+)"#).contains(callee.path)
      : try !caller.matches(#"\b\#(callee.type)\b"#).isEmpty
  }

  @Test func everyStepIsAFileThatDeclaresItsType() throws {
    let walk = try Self.walk()
    #expect(walk.places.count >= 30)
    let rooms = try House.rooms()
    for place in walk.places {
      guard !place.isRoom else {
        #expect(rooms[place.path] != nil, "\(place.path) is no room")
        continue
      }
      let source = HouseSource(path: place.file, text: try House.text(place.file))
      let declares = try !source.matches(#"\b(struct|class|enum|actor|protocol|extension) \#(place.type)\b"#).isEmpty
      #expect(declares, "\(place.file) does not declare \(place.type)")
    }
  }

  @Test func aStepCallsTheOneAfterIt() throws {
    let walk = try Self.walk()
    #expect(walk.calls.count >= 25)
    let rooms = try House.rooms()
    for call in walk.calls {
      guard !call.caller.isRoom else {
        #expect(rooms[call.caller.path]?.imports.contains(call.callee.path) == true, "\(call)")
        continue
      }
      let source = HouseSource(path: call.caller.file, text: try House.text(call.caller.file))
      #expect(try Self.calls(source, call.callee), "\(call.caller.file) does not call \(call.callee.path)")
    }
  }

  @Test func theWalkGoesThroughBothRolesDownToTheKernels() throws {
    let calls = try Self.walk().calls
    let callees = Set(calls.map(\.callee))
    let roots = Set(calls.map(\.caller)).subtracting(callees).map(\.path)
    let expected: Set = [
      "SocketTransport/SocketListener", "Transport/Server", "CoordinatorNode/Coordinator", "ShardNode/ShardNode",
    ]
    #expect(Set(roots) == expected)
    #expect(callees.contains(Place(path: "CKernels")))
  }

  @Test func indentationAndArrowsAreCalls() {
    let walk = Self.read([
      "one       A/B → A/C            what it does → and why", "  two     D/E+F",
      "                               a line of words alone, as The Second", "three     G",
    ])
    let (b, c, e) = (Place(path: "A/B"), Place(path: "A/C"), Place(path: "D/E+F"))
    #expect(walk.places == [b, c, e, Place(path: "G")])
    #expect(walk.calls == [Call(caller: b, callee: c), Call(caller: c, callee: e)])
  }

  @Test func aCommentOrALiteralIsNoCall() throws {
    let place = Place(path: "Retrieval/Scan")
    #expect(try !Self.calls(HouseSource(path: "x", text: "// Scan\nlet a = \"Scan\"\nlet b: Scans"), place))
    #expect(try Self.calls(HouseSource(path: "x", text: "let a = Scan(1)"), place))
  }
}
