import Kernels
import Support
import Testing

/// Matrices of all sizes come and go in pieces of shared memory: none is written by another, and a fresh one is zero.
@Suite struct MemoryTests {
  private static let columns = 64

  @Test func piecesNeverOverlapAndAreZeroAgain() async {
    await withTaskGroup(of: Void.self) { group in
      for seed in 0..<4 { group.addTask { Self.comeAndGo(UInt64(50 + seed)) } }
    }
  }

  private static func comeAndGo(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    // From less than a page to more than a piece may have (16 MiB), often of the same size.
    let sizes = [1, 100, 128, 1024, 4096, 4097, 30_000, 70_000]
    var held: [(matrix: FloatMatrix, mark: Float)] = []
    for step in 0..<400 {
      if held.count < 12, random.next() % 3 > 0 {
        let rows = sizes[Int(random.next() % UInt64(sizes.count))]
        let matrix = FloatMatrix(rows: rows, columns: columns)
        let mark = Float(step + 1)
        for row in [0, rows / 2, rows - 1] { #expect(matrix.row(row).allSatisfy { $0 == 0 }, "step \(step)") }
        for row in [0, rows / 2, rows - 1] { matrix.setRow(row, [Float](repeating: mark, count: columns)) }
        held.append((matrix, mark))
      } else if !held.isEmpty {
        let (matrix, mark) = held.remove(at: Int(random.next() % UInt64(held.count)))
        let rows = matrix.rowCapacity
        for row in [0, rows / 2, rows - 1] { #expect(matrix.row(row).allSatisfy { $0 == mark }, "step \(step)") }
      }
    }
  }
}
