package import DataSets
import Kernels
import Ranking

extension RetrievalTower {
  private static let usersMax = 500

  /// The retrieval score as an input, so scaled that the scores of candidates have mean 0 and deviation 1: towers of one
  /// kind that were fitted to more or fewer events can then take each other's place. Scores beyond those that any item
  /// has for these users are brought to the nearer of them.
  package func input(_ known: Histories, depth: Int, threads: Int) -> SideInputs.Retrieval {
    let active = (0..<known.userCount).filter { !known[$0].isEmpty }
    let users =
      active.count <= Self.usersMax ? active : (0..<Self.usersMax).map { active[$0 * active.count / Self.usersMax] }
    let lists = CandidateLists(self, for: users, without: known, depth: depth, threads: threads)
    var (sum, squares, count) = (0.0, 0.0, 0.0)
    for user in users {
      let scores = scores(queries.row(user), lists[user: user])
      for score in scores {
        sum += Double(score)
        squares += Double(score) * Double(score)
      }
      count += Double(scores.count)
    }
    let mean = sum / max(count, 1)
    let deviation = max(squares / max(count, 1) - mean * mean, 0).squareRoot()
    return SideInputs.Retrieval(
      queries: queries, embeddings: embeddings,
      normalisation: Normalisation(mean: Float(mean), scale: deviation > 1e-12 ? Float(1 / deviation) : 1),
      range: lists.scores)
  }

  /// The scores of listed items for a query vector, `[items]`.
  func scores(_ query: [Float], _ items: [UInt32]) -> [Float] {
    var scores = [Float](repeating: 0, count: items.count)
    KernelSet().dots(PaddedVector(query), embeddings, rows: items, into: &scores)
    return scores
  }

  /// The first items for a query vector, the best first.
  func candidates(_ query: [Float], depth: Int) -> [UInt32] {
    var scores = [Float](repeating: 0, count: embeddings.rowCapacity)
    KernelSet().dots(PaddedVector(query), embeddings, rows: 0..<embeddings.rowCapacity, into: &scores)
    return CandidateLists.best(depth, of: scores)
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
