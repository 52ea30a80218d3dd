package import DataSets
import Kernels
import Ranking

extension RetrievalTower {
  private static let usersMax = 500

  /// The retrieval score as an input, so scaled that the scores of candidates have mean 0 and deviation 1: towers of one
  /// kind that were fitted to more or fewer events can then take each other's place.
  package func input(_ known: Histories, depth: Int, threads: Int) -> SideInputs.Retrieval {
    let active = (0..<known.userCount).filter { !known[$0].isEmpty }
    let users =
      active.count <= Self.usersMax ? active : (0..<Self.usersMax).map { active[$0 * active.count / Self.usersMax] }
    let lists = CandidateLists(self, for: users, without: known, depth: depth, threads: threads)
    let kernels = KernelSet()
    var (sum, squares, count) = (0.0, 0.0, 0.0)
    for user in users {
      let list = lists[user: user]
      var scores = [Float](repeating: 0, count: list.count)
      kernels.dots(PaddedVector(queries.row(user)), embeddings, rows: list, into: &scores)
      for score in scores {
        sum += Double(score)
        squares += Double(score) * Double(score)
      }
      count += Double(list.count)
    }
    let mean = sum / max(count, 1)
    let deviation = max(squares / max(count, 1) - mean * mean, 0).squareRoot()
    return SideInputs.Retrieval(
      queries: queries, embeddings: embeddings,
      normalisation: Normalisation(mean: Float(mean), scale: deviation > 1e-12 ? Float(1 / deviation) : 1))
  }

  func checkFinite() throws(FitError) {
    for matrix in [queries, embeddings] {
      for row in 0..<matrix.rowCapacity {
        guard matrix.row(row).allSatisfy(\.isFinite) else { throw .diverged(epoch: 0) }
      }
    }
  }
}

extension Interactions {
  /// The users with an event, ascending.
  var activeUsers: [Int] {
    var isActive = [Bool](repeating: false, count: userCount)
    for user in users { isActive[Int(user)] = true }
    return isActive.indices.filter { isActive[$0] }
  }
}
