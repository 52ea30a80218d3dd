import Foundation
package import Kernels

/// A kind of number that the slow twin of a tower can be computed in.
package protocol SlowNumber: BinaryFloatingPoint & SendableMetatype {
  /// An activation of one value.
  static func activate(_ activation: Activation, _ x: Self) -> Self
  /// e^x.
  static func exponential(_ x: Self) -> Self
}

extension Float: SlowNumber {
  package static func activate(_ activation: Activation, _ x: Float) -> Float { SlowArithmetic.activate(activation, x) }
  package static func exponential(_ x: Float) -> Float { SlowArithmetic.exp(x) }
}

extension Double: SlowNumber {
  package static func activate(_ activation: Activation, _ x: Double) -> Double {
    switch activation {
    case .none: x
    case .relu: max(x, 0)
    case .sigmoid: 1 / (1 + exp(-x))
    case .tanh: tanh(x)
    case .gelu: x * 0.5 * erfc(-x * 0.5.squareRoot())
    }
  }
  package static func exponential(_ x: Double) -> Double { exp(x) }
}
