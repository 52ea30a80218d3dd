import CLinux
import Vocabulary

/// Random numbers of the kernel: incarnations, nonces, seeds and jitter; never a key that outlives the process.
package struct SystemRandom: RandomSource {
  package init() {}

  package func next() -> UInt64 { wl_random() }
}
