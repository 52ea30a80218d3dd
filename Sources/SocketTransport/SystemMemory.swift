import CLinux

/// The heap of the process.
package enum SystemMemory {
  /// Blocks of at least 2 MiB get pages of their own, which go back to the system when they are freed. Without this
  /// the allocator takes its first large free block as a sign that more will come, and keeps all of that size.
  package static func returnLargeBlocks() { _ = wl_heap_keep_apart(2 << 20) }
}
