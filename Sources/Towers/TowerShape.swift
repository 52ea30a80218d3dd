import Vocabulary

/// How the vector of a shopper is made of what they did: the encoder, its sizes, and by that the tensors of its file.
package struct TowerShape: Sendable, Hashable {
  /// What reads the events, in the words of a model's manifest.
  package enum Encoder: String, Sendable, CaseIterable {
    /// The decayed sum of the events' vectors.
    case sum
    /// Causal convolutions over the latest events.
    case convolution
    /// Causal self-attention with places.
    case attention
    /// A gated recurrent unit.
    case gru
  }

  /// d: of event vectors and of the query.
  package var dimension: Int
  package var encoder: Encoder
  /// Whether the encoder corrects the decayed sum, in place of standing alone.
  package var isMixed: Bool
  /// What an event's share of the decayed sum is multiplied by at each later event, 0…1.
  package var decay: Float
  /// L: how many of the latest events the encoder reads; the decayed sum reads all that it is given.
  package var length: Int
  /// Heads of attention.
  package var heads: Int
  /// Blocks of attention or convolution, one upon the other.
  package var blocks: Int

  package init(
    dimension: Int, encoder: Encoder, isMixed: Bool = false, decay: Float = 0.7, length: Int = 20, heads: Int = 2,
    blocks: Int = 2
  ) {
    (self.dimension, self.encoder, self.isMixed, self.decay) = (dimension, encoder, isMixed, decay)
    (self.length, self.heads, self.blocks) = (length, heads, blocks)
  }

  package static let lengthMax = 1000
  package static let blocksMax = 8

  /// Refuses a shape that has no arithmetic, by the field of it that is wrong.
  package func check() throws(TowerShapeError) {
    func demand(_ holds: Bool, _ field: TowerShapeError.Field, _ detail: String) throws(TowerShapeError) {
      if !holds { throw TowerShapeError(field: field, detail: detail) }
    }
    try demand((1...Limits.dimensionMax).contains(dimension), .dimension, "must be 1 to \(Limits.dimensionMax)")
    try demand(decay >= 0 && decay <= 1, .decay, "must be 0 to 1")
    try demand((1...Self.lengthMax).contains(length), .length, "must be 1 to \(Self.lengthMax)")
    try demand(!isMixed || encoder != .sum, .mixed, "the sum cannot be mixed with itself")
    if encoder == .attention || encoder == .convolution {
      try demand((1...Self.blocksMax).contains(blocks), .blocks, "must be 1 to \(Self.blocksMax)")
    }
    if encoder == .attention {
      try demand(
        heads >= 1 && dimension.isMultiple(of: heads), .heads, "must divide the dimension, \(dimension)")
    }
  }

  /// The sizes of every parameter, in their order.
  var parts: [TowerPart] {
    let d = dimension
    var parts: [TowerPart] = [.vector("history.constant", d, start: 0)]
    if isMixed { parts.append(.vector("history.gain", d, start: 0.3)) }
    switch encoder {
    case .sum: break
    case .convolution:
      for block in 0..<blocks { parts += ConvolutionBlock.parts("history.\(block)", d) }
      parts.append(.norm("history.norm", d))
    case .attention:
      parts.append(.table("history.position", rows: length, d))
      for block in 0..<blocks { parts += AttentionBlock.parts("history.\(block)", d) }
      parts.append(.norm("history.norm", d))
    case .gru:
      parts += [
        .layer("history.input", d, 3 * d), .layer("history.state", d, 3 * d), .layer("history.out", d, d),
      ]
    }
    return parts
  }

  /// Whether the query has the decayed sum in it.
  package var hasSum: Bool { encoder == .sum || isMixed }

  /// The encoder with room for a pass of some rows; the sum alone needs none.
  func body(rows: Int) -> (any EncoderBody)? {
    switch encoder {
    case .sum: nil
    case .convolution: ConvolutionBody(self, rows: rows)
    case .attention: AttentionBody(self, rows: rows)
    case .gru: GatedBody(self, rows: rows)
    }
  }

  /// The number of the first matrix that belongs to the encoder alone.
  var encoderPart: Int { isMixed ? 2 : 1 }

  /// How many of the latest events the encoder's output depends on; the decayed sum reads all that it is given.
  package var reach: Int {
    switch encoder {
    case .sum: 0
    case .convolution: min(length, 1 + 2 * (1 << blocks - 1))
    case .attention, .gru: length
    }
  }

  /// The tensors of the file: names, and shapes with rows first.
  package var tensors: [TowerTensor] { parts.enumerated().flatMap { $1.tensors(part: $0) } }
}
