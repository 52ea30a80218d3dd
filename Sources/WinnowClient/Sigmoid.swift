import Glibc

/// The logistic function, for display only: ranking is by the logit itself.
func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
