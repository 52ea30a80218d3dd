internal import CKernels

extension KernelSet {
  /// Tells of each byte whether it lies in a range: bit i % 64 of word i / 64 of `bits`, as many words as 64 bytes go
  /// into.
  ///
  /// - Precondition: a multiple of 64 bytes.
  package func within(_ range: ClosedRange<UInt8>, _ bytes: [UInt8], into bits: inout [UInt64]) {
    precondition(bytes.count % 64 == 0 && bytes.count / 64 == bits.count, "a word for 64 bytes")
    // SAFETY: as many words as the bytes need, checked above.
    unsafe bytes.withUnsafeBufferPointer { bytes in
      unsafe bits.withUnsafeMutableBufferPointer { bits in
        guard let from = bytes.baseAddress, let to = bits.baseAddress else { return }
        unsafe wk_within(isa, from, bytes.count, range.lowerBound, range.upperBound, to)
      }
    }
  }
}
