import Arguments
import LoadClient
import Vocabulary
import WinnowClient

/// The queries of a bench: those of a file in turn, or shoppers drawn from a range.
struct BenchQueries: Sendable {
  private let template: RankQuery
  private let listed: [RankQuery]
  private let users: ClosedRange<UInt64>
  private let seed: UInt64

  init(_ session: Session) throws(Failure) {
    let values = session.values
    let k = values.value("k", as: Int.self)
    var template = RankQuery(collection: "", k: k, depth: max(k, values.value("depth", as: Int.self)))
    template.filter = values.optional("filter") ?? ""
    template.timeout = session.timeout
    self.template = template
    seed = UInt64(values.value("seed", as: Int.self))
    let ends = values.value("users", as: String.self).split(separator: "-").map { UInt64($0) }
    guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last else {
      throw session.usage("users", "takes FIRST-LAST, such as 1-1000")
    }
    users = first...last
    listed =
      try values.optional("queries", as: String.self).map { path throws(Failure) in
        try Self.read(path, template)
      } ?? []
  }

  /// The query of an index, the same in every run with the same seed.
  func query(_ index: Int, in collection: String) -> RankQuery {
    var query = listed.isEmpty ? template : listed[index % listed.count]
    query.collection = collection
    if listed.isEmpty {
      let (span, isAll) = (users.upperBound - users.lowerBound).addingReportingOverflow(1)
      let draw = mixed(seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(index))
      query.user = UserID(isAll ? draw : users.lowerBound + draw % span)
    }
    return query
  }

  private static func read(_ path: String, _ template: RankQuery) throws(Failure) -> [RankQuery] {
    var lines = try LineSource(path)
    var queries: [RankQuery] = []
    while let line = try lines.next() {
      if line.isEmpty { continue }
      guard let value = try? JSONReader.read(line), let query = query(value, template) else {
        throw Failure(.failed, "\(path), line \(lines.number): not a query")
      }
      queries.append(query)
    }
    guard !queries.isEmpty else { throw Failure(.failed, "\(path) has no queries") }
    return queries
  }

  private static func query(_ value: JSON, _ template: RankQuery) -> RankQuery? {
    guard case .object(let fields) = value else { return nil }
    var query = template
    for (key, value) in fields {
      switch (key, value) {
      case ("user", _):
        guard let id = value.asID else { return nil }
        query.user = UserID(id)
      case ("session", .list(let items)): query.sessionItems = items.compactMap(\.asID).map { ItemID($0) }
      case ("exclude", .list(let items)): query.exclude = items.compactMap(\.asID).map { ItemID($0) }
      case ("vector", _):
        guard let vector = value.asVector else { return nil }
        query.vector = vector
      case ("filter", .text(let filter)): query.filter = filter
      case ("k", .int(let k)): query.k = k
      case ("depth", .int(let depth)): query.depth = depth
      default: return nil
      }
    }
    query.depth = max(query.k, query.depth)
    return query
  }
}
