import Kernels
import Testing

@Suite struct FloatMatrixTests {
  @Test func freshRowsAreZeroAndWritesStayInTheirRow() {
    let matrix = FloatMatrix(rows: 3, columns: 5)
    #expect(matrix.stride == 16 && matrix.rowCapacity == 3)
    matrix.setRow(1, [1, 2, 3, 4, 5])
    #expect(matrix.row(0) == [0, 0, 0, 0, 0] && matrix.row(1) == [1, 2, 3, 4, 5] && matrix.row(2) == matrix.row(0))
    matrix.write([8, 9] as ArraySlice, row: 1, column: 3)
    matrix[2, 4] = 7
    #expect(matrix.row(1) == [1, 2, 3, 8, 9] && matrix[2, 4] == 7)
    matrix.copyRow(1, of: matrix, to: 0)
    #expect(matrix.row(0) == matrix.row(1))
    matrix.withMutableRow(0) { $0[0] = -1 }
    #expect(matrix.withRow(0) { $0[0] + $0[4] } == 8)
  }

  @Test func matricesWithoutRowsOrColumnsAreFine() {
    #expect(FloatMatrix(rows: 0, columns: 7).rowCapacity == 0)
    #expect(FloatMatrix(rows: 2, columns: 0).row(1).isEmpty)
    #expect(PaddedVector([]).values.isEmpty)
  }

  @Test func aWriteBehindTheRowStops() async {
    await #expect(processExitsWith: .failure) {
      FloatMatrix(rows: 1, columns: 5).write([1, 2], row: 0, column: 4)
    }
    await #expect(processExitsWith: .failure) { _ = FloatMatrix(rows: 1, columns: 5).row(1) }
  }
}
