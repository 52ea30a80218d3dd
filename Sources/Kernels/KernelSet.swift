/// The numeric kernels for one instruction set; every result is the one of `proto-spec/09-arithmetic.md`, bit for bit.
package struct KernelSet: Sendable {
  package let instructionSet: InstructionSet

  /// The number that the C kernels know the instruction set by.
  let isa: Int32

  /// - Precondition: this machine has the instruction set.
  package init(_ instructionSet: InstructionSet = .best) {
    precondition(
      InstructionSet.available.contains(instructionSet), "instruction set \(instructionSet) is not available")
    self.instructionSet = instructionSet
    isa = instructionSet.number
  }
}
