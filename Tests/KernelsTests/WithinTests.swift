import Kernels
import Support
import Testing

@Suite struct WithinTests {
  @Test(arguments: InstructionSet.available)
  func everyRangeOfBytesIsFound(isa: InstructionSet) {
    var random = SeededRandom(seed: 61)
    let bytes = (0..<512).map { $0 < 256 ? UInt8($0) : UInt8(truncatingIfNeeded: random.next()) }
    for low in stride(from: UInt8(0), through: 255, by: 5) {
      for high in stride(from: low, through: 255, by: 7) {
        var bits = [UInt64](repeating: 99, count: 8)
        KernelSet(isa).within(low...high, bytes, into: &bits)
        #expect(
          bytes.indices.allSatisfy { bits[$0 / 64] >> UInt64($0 % 64) & 1 == ((low...high) ~= bytes[$0] ? 1 : 0) })
      }
    }
  }
}
