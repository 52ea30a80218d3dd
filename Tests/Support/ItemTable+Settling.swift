package import Kernels
package import Retrieval

extension ItemTable {
  /// Settles everything that should be, at once.
  package func settleAll(_ kernels: KernelSet = KernelSet(), least: Int = 1 << 16) {
    while var settlement = nextSettlement(least: least) {
      while settlement.step(kernels) {}
      while settle(settlement.rows) {}
    }
  }
}
