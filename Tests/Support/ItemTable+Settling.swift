package import Kernels
package import Retrieval

extension ItemTable {
  /// Settles everything that should be, at once.
  package func settleAll(_ kernels: KernelSet = KernelSet(), least: Int = 1 << 16) {
    while var settlement = nextSettlement(least: least) {
      while settlement.step(kernels) {}
      guard let rows = settlement.rows else {
        // They point nowhere.
        _ = settle(nil)
        return
      }
      while settle(rows) {}
    }
  }
}
