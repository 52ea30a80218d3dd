package import Vocabulary

/// A filter whose predicates are reduced to tests on the columns of one schema.
///
/// Every comparison has become a test in the column's own type, without rounding, so the evaluator compares int64 with
/// int64, float64 with float64 and bytes with bytes.
package indirect enum TypedFilter: Equatable, Sendable {
  /// The attribute at `column` is present and passes the test; if `isNegated`, present and fails it.
  case predicate(column: Int, Test, isNegated: Bool)
  case and([TypedFilter])
  case or([TypedFilter])
  /// True where the inner filter is false, which includes missing attributes.
  case not(TypedFilter)

  /// A test of a present value.
  package enum Test: Equatable, Sendable {
    /// Nothing: every value passes (`has`; negated, no value does).
    case any
    /// An int between two bounds, both included.
    case int(ClosedRange<Int64>)
    /// An int among these, ascending, without repeats.
    case intAmong([Int64])
    /// A float between two bounds, both included, of which one may be infinite.
    case float(ClosedRange<Double>)
    /// A float among these, ascending, without repeats.
    case floatAmong([Double])
    /// A keyword that is one of these, or a keyword set that contains one of these; ascending by UTF-8 bytes, without
    /// repeats.
    case keywordAmong([ExactText])
    /// A bool of this value.
    case bool(Bool)
  }
}
