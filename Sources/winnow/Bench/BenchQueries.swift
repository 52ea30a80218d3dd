import Arguments
import JSON
import Vocabulary
import WinnowClient

/// The queries of a file of JSON lines, and when each was asked.
struct BenchQueries: Sendable {
  /// Lines of a file at most.
  private static let countMax = 5_000_000

  private(set) var queries: [RankQuery] = []
  /// Microseconds since the first; empty if the lines do not say.
  private(set) var microseconds: [UInt64] = []

  /// Reads a file; what a line leaves out is as in the template.
  init(_ path: String, _ template: RankQuery, _ ids: BenchIDs) throws(Failure) {
    var lines = try LineSource(path)
    var seconds: [Double] = []
    while let line = try lines.next() {
      if line.isEmpty { continue }
      guard queries.count < Self.countMax else { throw Failure(.failed, "\(path) has over \(Self.countMax) queries") }
      let value: JSON
      do throws(JSONReader.Mistake) { value = try JSONReader.read(line) } catch {
        throw Failure(.failed, "\(path), line \(lines.number), column \(error.column): \(error.message)")
      }
      guard let query = Self.query(value, template, ids) else {
        throw Failure(
          .failed, "\(path), line \(lines.number): not a query",
          advice: "ids are digits without zeros in front, or names that the dictionary has")
      }
      queries.append(query)
      guard let at = value["at"]?.asNumber else { continue }
      guard at >= seconds.last ?? -.infinity, at - (seconds.first ?? at) < 1e9 else {
        throw Failure(.failed, "\(path), line \(lines.number): 'at' goes back")
      }
      seconds.append(at)
    }
    guard !queries.isEmpty else { throw Failure(.failed, "\(path) has no queries") }
    if seconds.count == queries.count {
      microseconds = seconds.map { UInt64((($0 - (seconds.first ?? 0)) * 1e6).rounded()) }
    }
  }

  private static func query(_ value: JSON, _ template: RankQuery, _ ids: BenchIDs) -> RankQuery? {
    guard case .object(let fields) = value else { return nil }
    var query = template
    for (key, value) in fields {
      switch (key, value) {
      case ("at", _): guard value.asNumber != nil else { return nil }
      case ("user", _):
        guard let user = ids.user(value) else { return nil }
        query.user = user
      case ("session", .list(let values)):
        guard let items = ids.items(values) else { return nil }
        query.sessionItems = items
      case ("exclude", .list(let values)):
        guard let items = ids.items(values) else { return nil }
        query.exclude = items
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
