/// The arithmetic of a model's network behind the user's inputs; its last layer is float32 in all cases.
package enum Arithmetic: String, Sendable, CaseIterable {
  case float32
  /// Inputs and weights of each layer rounded to bf16, sums in float32.
  case bfloat16 = "bf16"
  /// Inputs and weights of each layer rounded to 8 bits within ranges that the model brings, sums exact.
  case int8

  /// Whether rerank vectors are rounded to bf16 before anything reads them, so that half the bytes travel.
  package var roundsItems: Bool { self != .float32 }
}
