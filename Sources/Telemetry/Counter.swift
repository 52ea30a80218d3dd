import Synchronization

/// A number that only grows; cheap to add to from any thread.
package final class Counter: Sendable {
  private let total = Atomic<UInt64>(0)

  /// A counter at 0, of no registry.
  package init() {}

  /// Adds to the count; wraps after 2⁶⁴, which Prometheus takes for a restart.
  package func add(_ amount: UInt64 = 1) { total.wrappingAdd(amount, ordering: .relaxed) }

  /// The count.
  package var value: UInt64 { total.load(ordering: .relaxed) }
}

/// A number that goes up and down; cheap to set from any thread.
package final class Gauge: Sendable {
  private let bits = Atomic<UInt64>(0)

  /// A gauge at 0, of no registry.
  package init() {}

  /// The reading, in base units (seconds, bytes).
  package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

  /// Sets the reading.
  package func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

  /// Adds to the reading, or takes from it.
  package func add(_ amount: Double) {
    var old = bits.load(ordering: .relaxed)
    while true {
      let new = (Double(bitPattern: old) + amount).bitPattern
      let (exchanged, original) = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
      if exchanged { return }
      old = original
    }
  }
}
