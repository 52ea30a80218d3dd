import Kernels
import Testing

@Suite struct DotTests {
  @Test func everyInstructionSetGivesTheBitsOfTheScalarTwin() {
    let a = (0..<70).map { Float($0) * 0.37 - 5 }
    let b = (0..<70).map { Float($0 % 7) * -1.3 + 2 }
    for isa in InstructionSet.available {
      let m = FloatMatrix(rows: [b], columns: 70)
      #expect(KernelSet(isa).dot(PaddedVector(a), m, row: 0).bitPattern == Exact.dot(a, b).bitPattern)
    }
  }
}
