import Foundation
import Testing

/// A type that acts stays small enough to be read at one sitting: in few files, with few stored properties, and with one
/// lock, so that no order of locks is hidden in it.
@Suite struct HouseTypeTests {
  private static let filesMax = 4
  private static let propertiesMax = 12
  private static let locksMax = 1

  /// Types that may have more, and why. This list shrinks.
  private static let allowed: [String: (excess: Set<HouseType.Excess>, reason: String)] = [
    "CoordinatorNode.QueryQueue": ([.properties], "a machine with the measures of two delays"),
    "CoordinatorNode.SlotTransfer": ([.properties], "a machine with the counters of every stage"),
    "DataSets.DataSet": ([.files], "a data set, an aspect a file"),
    "JSON.JSON": ([.files], "a value with reader, writer and bridges"),
    "Kernels.KernelSet": ([.files], "the façade of the kernels, a family a file"),
    "ShardNode.ShardState": ([.properties], "the machine of a shard, an owner each"),
    "SocketTransport.SocketLink": ([.properties], "the buffers of both directions"),
    "Transport.ClientExchange": ([.properties], "the machine of one end of a connection"),
    "Transport.ConnectionPool": ([.properties], "an actor that owns connections, calls and the dial"),
    "Transport.Server": ([.locks], "its listener is known after its first connection may be"),
    "Transport.ServerExchange": ([.properties], "the machine of one end of a connection"),
    "WinnowClient.WinnowClient": ([.files, .locks], "the one public door, a subject a file"),
    "winnow.BenchSender": ([.locks], "the counts of two tasks"),
  ]

  private static func excess(_ type: HouseType) -> Set<HouseType.Excess> {
    var excess: Set<HouseType.Excess> = []
    if type.files.count > filesMax { excess.insert(.files) }
    if type.acts, type.propertyCount > propertiesMax { excess.insert(.properties) }
    if type.lockCount > locksMax { excess.insert(.locks) }
    return excess
  }

  @Test func typesAreSmall() throws {
    let types = HouseType.read(try House.sources("Sources"))
    #expect(types.count > 500)
    for (name, type) in types.sorted(by: { $0.key < $1.key }) {
      let (found, allowed) = (Self.excess(type), Self.allowed[name]?.excess ?? [])
      #expect(
        found.isSubset(of: allowed),
        "\(name): \(type.files.count) files, \(type.propertyCount) stored properties, \(type.lockCount) locks")
      #expect(allowed.isSubset(of: found), "\(name): no longer needed")
    }
    #expect(Set(Self.allowed.keys).subtracting(types.keys).isEmpty, "no longer there")
  }

  @Test func propertiesFilesAndLocksAreCounted() {
    let first = HouseSource(
      path: "Sources/Room/A.swift",
      text: """
        package final class A: Sendable {
          struct Inner {
            var x, y: Int
          }
          static let shared = 1
          private let state = Lock(State())
          let other: Lock<[String: Int]>
          private(set) var set: Int { didSet { print(set) } }
          var computed: Int { 1 }
          var computedLater: Int {
            let local = 1
            return local
          }
          let closure: () -> Void = { let a = 1 }
          @available(*, unavailable) weak var last: A?
          func f() { var a = 1 }
        }
        protocol P { var a: Int { get } }
        """)
    let second = HouseSource(
      path: "Sources/Room/B.swift",
      text: "extension A {\n  var more: Int { 1 }\n}\nextension A.Inner {}\nstruct M: ~Copyable { let a = 1 }\n")
    let types = HouseType.read([first, second])
    #expect(Set(types.keys) == ["Room.A", "Room.A.Inner", "Room.M"])
    #expect(types["Room.A"]?.propertyCount == 5 && types["Room.A"]?.lockCount == 2 && types["Room.A"]?.files.count == 2)
    #expect(types["Room.A.Inner"]?.propertyCount == 2 && types["Room.A.Inner"]?.acts == false)
    #expect(types["Room.A"]?.acts == true && types["Room.M"]?.acts == true)
  }
}
