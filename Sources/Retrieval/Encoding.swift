package import Kernels

/// A full block whose codes are yet to be made, which may happen anywhere: its rows no longer change.
package struct Encoding: Sendable {
  let position: Int
  let block: Block
  let rotation: Rotation

  /// Makes the codes.
  ///
  /// - Complexity: O(rows · d · log d), about 0.8 ms for 4,096 rows of 64 dimensions.
  package func run(_ kernels: KernelSet = KernelSet()) -> EncodedBlock {
    let codes = CodeBlock(block.embeddings, rowCount: block.capacity, by: rotation, kernels: kernels)
    return EncodedBlock(position: position, block: block, codes: codes)
  }
}

/// Codes that wait for their table to take them.
package struct EncodedBlock: Sendable {
  let position: Int
  let block: Block
  let codes: CodeBlock
}
