import Kernels
import Vocabulary

/// What each input of the network adds to the logit of a candidate, against the mean candidate of its query.
///
/// The mean candidate has in each input the mean over the candidates that were re-ranked; its logit is the base. A
/// candidate's inputs replace those of the mean one after the other, in the order of the network and once more in the
/// reverse order; the part of an input is the mean of the two changes of the logit that it makes. The changes of one
/// order sum to the logit less the base, so the parts do too: within n · 2⁻²⁴ · (the greatest magnitude of a part) for n
/// parts, as each of them is rounded to float32 and nothing else is.
///
/// This is a Shapley value, sampled with one pair of opposite orders: E. Štrumbelj and I. Kononenko, "An efficient
/// explanation of individual classifications using game theory", JMLR 11 (2010), and "Explaining prediction models and
/// individual predictions with feature contributions", KAIS 41 (2014). An opposite order for each order halves what one
/// order alone would credit to whichever of two inputs that work together comes last.
package struct Explainer {
  /// The inputs that candidates differ in, in the order of the network; a part for each.
  package let ownInputs: [InputLayout.Block]
  /// The logit of the mean candidate; NaN or infinite if the network makes that of it.
  package let base: Float

  private let query: FeatureAssembler.QueryInputs
  private let assembler: FeatureAssembler
  private let candidates: CandidateInputs
  private let user: UserVectors
  private let context: [String: ContextValue]
  private let network: Network
  /// `[columns]`
  private let mean: [Float]

  /// Makes the mean candidate of the first `count` ones.
  ///
  /// - Returns: `nil` if `shouldStop`, asked before every block, says so.
  /// - Precondition: `count` is above 0 and at most the number of candidates.
  package init?(
    _ reranker: Reranker, _ candidates: CandidateInputs, user: UserVectors, context: [String: ContextValue],
    count: Int, blockRows: Int = Reranker.blockRows, shouldStop: () -> Bool = { false }
  ) {
    precondition(count > 0 && count <= candidates.count, "\(count) of \(candidates.count) candidates")
    (self.candidates, self.user, self.context, assembler) = (candidates, user, context, reranker.assembler)
    ownInputs = assembler.layout.blocks.filter { !$0.isShared }
    query = assembler.prepare(candidates, user: user, context: context)
    network = reranker.network(user: query.user, blockRows: max(1, blockRows))
    var sums = [Double](repeating: 0, count: assembler.columns)
    for start in stride(from: 0, to: count, by: network.blockRows) {
      guard !shouldStop() else { return nil }
      let rows = start..<min(start + network.blockRows, count)
      assembler.assemble(query, rows: rows, into: network.inputs)
      for row in 0..<rows.count {
        network.inputs.withRow(row) { inputs in
          for column in sums.indices { sums[column] += Double(inputs[column]) }
        }
      }
    }
    // The inputs of the context are the same for all: their mean is what they are.
    mean = sums.dropLast(query.context.count).map { Float($0 / Double(count)) } + query.context
    network.inputs.setRow(0, mean)
    base = network.logits(rows: 1)[0]
  }

  /// The inputs of a candidate, `[columns]`.
  private func inputs(of position: Int) -> [Float] {
    assembler.assemble(query, rows: position..<position + 1, into: network.inputs)
    return network.inputs.row(0)
  }

  /// What each of the candidate's own inputs adds to its logit; `nil` if a logit on the way is not finite.
  ///
  /// - Complexity: two runs of the network for each input.
  package func parts(of position: Int) -> [Float]? {
    let item = inputs(of: position)
    let n = ownInputs.count
    // After 1…n inputs in order, then after 1…n−1 in the reverse order: both end at the candidate itself.
    let logits = logits(replacing: ownInputs, by: item) + logits(replacing: ownInputs.reversed().dropLast(), by: item)
    guard base.isFinite, logits.allSatisfy(\.isFinite) else { return nil }
    let forward = [base] + logits.prefix(n)
    let reverse = [base] + logits.dropFirst(n) + [forward[n]]
    return (0..<n).map { index in
      let first = Double(forward[index + 1]) - Double(forward[index])
      let second = Double(reverse[n - index]) - Double(reverse[n - index - 1])
      return Float((first + second) / 2)
    }
  }

  /// The logit after each step in which the mean candidate takes over one more input.
  private func logits(replacing inputs: some Collection<InputLayout.Block>, by item: [Float]) -> [Float] {
    var row = mean
    var logits: [Float] = []
    var filled = 0
    for input in inputs {
      let columns = assembler.columns(of: input)
      row.replaceSubrange(columns, with: item[columns])
      network.inputs.setRow(filled, row)
      filled += 1
      if filled == network.blockRows {
        logits += network.logits(rows: filled)
        filled = 0
      }
    }
    return filled > 0 ? logits + network.logits(rows: filled) : logits
  }

  /// The values of the candidate's own inputs.
  package func values(of position: Int) -> [InputValue] {
    let item = inputs(of: position)
    return ownInputs.map { input in
      let column = assembler.attributeNames.firstIndex(of: input.name).map { candidates.columns[$0] }
      if let kind = input.feature?.kind { return kind.value(column, candidates, at: position, user: user, context) }
      let own = item[assembler.columns(of: input)]
      return input.kind == .dot ? .number(Double(own[own.startIndex])) : InputValue(normOf: own)
    }
  }
}
