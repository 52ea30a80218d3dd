package import Kernels
import Vocabulary

/// The ranges in which a network's inputs lie, layer by layer, as sample queries show them: what int8 rounds within.
package struct Calibration: Sendable {
  private let reranker: Reranker
  /// Least and greatest of each input, by layer but the last; the first without the user's inputs.
  private var ranges: [[(low: Float, high: Float)]]

  /// Samples taken so far.
  package private(set) var sampleCount = 0

  /// No samples yet.
  ///
  /// - Precondition: the model's arithmetic is float32.
  package init(_ model: Model, kernels: KernelSet = KernelSet()) {
    precondition(model.manifest.arithmetic == .float32, "ranges are those of the float32 network")
    reranker = Reranker(model, kernels: kernels)
    let widths = [reranker.assembler.columns] + model.manifest.layers.dropLast().map(\.out)
    ranges = widths.dropLast().map { [(Float, Float)](repeating: (.infinity, -.infinity), count: $0) }
  }

  /// Takes a query and its candidates as one sample.
  package mutating func add(_ candidates: CandidateInputs, user: UserVectors, context: [String: ContextValue] = [:]) {
    var run = reranker.run(candidates, user: user, context: context, blockRows: candidates.count)
    guard run.assemble() else { return }
    sampleCount += 1
    run.score()
    for (layer, inputs) in run.layerInputs.dropLast().enumerated() {
      for row in 0..<candidates.count {
        inputs.withRow(row) { values in
          for k in values.indices where values[k].isFinite {
            ranges[layer][k].low = min(ranges[layer][k].low, values[k])
            ranges[layer][k].high = max(ranges[layer][k].high, values[k])
          }
        }
      }
    }
  }

  /// The model's files with another arithmetic: the manifest says so, and int8 adds the ranges to the weights.
  ///
  /// An input that was the same in every sample gets a range of 1, so that a word no sample had still counts.
  /// - Parameters:
  ///   - manifest: The bytes of the model's `manifest.json`.
  ///   - weights: The bytes of its `weights.safetensors`.
  package func files(
    manifest: [UInt8], weights: [UInt8], arithmetic: Arithmetic
  ) throws(ModelError) -> (manifest: [UInt8], weights: [UInt8]) {
    var manifest = try Manifest.read(json: manifest)
    manifest.arithmetic = arithmetic
    guard arithmetic == .int8 else { return (manifest.json, weights) }
    let old = try SafetensorsFile(weights, as: .weights)
    var file = SafetensorsWriter()
    let tensors = old.names.compactMap { name in old[name].map { (name, $0) } }
    for (layer, inputs) in ranges.enumerated() {
      let lows = inputs.map { $0.low <= $0.high ? $0.low : 0 }
      let steps = inputs.map { range in
        let step = (range.high - range.low) / 255
        return step.isFinite && step > 0x1p-100 ? step : 1 / 255
      }
      file.add("layers.\(layer).low", lows, shape: [lows.count])
      file.add("layers.\(layer).step", steps, shape: [steps.count])
    }
    for (name, tensor) in tensors.sorted(by: { $0.1.bytes.lowerBound < $1.1.bytes.lowerBound }) {
      file.add(name, tensor.elementType, shape: tensor.shape, bytes: old.bytes[tensor.bytes])
    }
    return (manifest.json, file.file())
  }
}
