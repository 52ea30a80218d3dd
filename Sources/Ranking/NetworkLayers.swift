import Kernels

/// A model's layers, ready for the kernels of its arithmetic.
struct NetworkLayers: Sendable {
  enum Layer: Sendable {
    case float32(PackedLayer)
    case bfloat16(BFloat16Layer)
    case int8(Int8Layer)
  }

  /// Computes the start of the first layer from the user's inputs and `headRest`.
  let head: PackedLayer
  /// The values behind the user's inputs: in int8 the lows of the first layer's other inputs, else none.
  let headRest: [Float]
  /// The layers without the user's inputs; the last is float32.
  let layers: [Layer]
  /// Number of weights and biases.
  let parameterCount: Int

  /// Reads `weights.safetensors`.
  init(_ file: SafetensorsFile, for manifest: Manifest) throws(ModelError) {
    var known: [String] = []
    var layers: [Layer] = []
    var (head, headRest) = (PackedLayer(weights: [], bias: [0]), [Float]())
    var parameterCount = 0
    var inputs = manifest.inputCount
    for (index, shape) in manifest.layers.enumerated() {
      let (name, out) = ("layers.\(index)", shape.out)
      let weights = try file.floats("\(name).weight", shape: [out, inputs])
      let whole = PackedLayer(weights: weights, bias: try file.floats("\(name).bias", shape: [out]))
      known += ["\(name).weight", "\(name).bias"]
      parameterCount += (inputs + 1) * out
      let users = index == 0 ? manifest.layout.userCount : 0
      let (first, rest) = whole.split(at: users)
      if index == 0 { head = first }
      let restWeights = { (0..<out).flatMap { weights[$0 * inputs + users..<($0 + 1) * inputs] } }
      switch index + 1 < manifest.layers.count ? manifest.arithmetic : .float32 {
      case .float32: layers.append(.float32(rest))
      case .bfloat16: layers.append(.bfloat16(BFloat16Layer(weights: restWeights(), start: whole.start)))
      case .int8:
        let weights = restWeights()
        let (low, step) = try Self.range(of: file, index, weights, inputs: inputs - users)
        known += ["\(name).low", "\(name).step"]
        var start = whole.start
        // The user's inputs of the first layer come with the query.
        if index == 0 { (head, headRest) = (whole, low) } else { start = KernelSet().affine(whole, PaddedVector(low)) }
        layers.append(.int8(Int8Layer(weights: weights, start: start, low: low, step: step)))
      }
      inputs = out
    }
    try file.refuseTensors(besides: known)
    (self.head, self.headRest, self.layers, self.parameterCount) = (head, headRest, layers, parameterCount)
  }

  /// The layers for one query: the first starts at what the user's inputs sum to.
  func starting(user: [Float], kernels: KernelSet) -> [Layer] {
    let start = kernels.affine(head, PaddedVector(user + headRest))
    var layers = layers
    switch layers[0] {
    case .float32(let layer): layers[0] = .float32(layer.starting(at: start))
    case .bfloat16(let layer): layers[0] = .bfloat16(layer.starting(at: start))
    case .int8(let layer): layers[0] = .int8(layer.starting(at: start))
    }
    return layers
  }

  private static func range(
    of file: SafetensorsFile, _ index: Int, _ weights: [Float], inputs: Int
  ) throws(ModelError) -> (low: [Float], step: [Float]) {
    let low = try file.floats("layers.\(index).low", shape: [inputs])
    let step = try file.floats("layers.\(index).step", shape: [inputs])
    guard step.allSatisfy({ $0 > 0 && (1 / $0).isFinite }),
      weights.indices.allSatisfy({ (weights[$0] * step[$0 % inputs]).isFinite })
    else {
      throw ModelError(
        .weights, "layers.\(index).step", .outOfRange, "a step is above zero, and finite inverted and times a weight")
    }
    return (low, step)
  }
}
