/// One user's events so far, as the inputs of a profile.
///
/// A profile is always made of events before the one that is learned from: with that event in it, a share or a mean
/// would tell the network which of the items is the right one.
package struct UserHistory {
  private let reader: HistoryReader
  private var lastDay: Double?
  /// Of each input the weighted sum, and the weight; of a count the number of events, as its weight.
  private var sums: [Double]
  private var totals: [Double]

  /// A user who has done nothing yet.
  package init(_ reader: HistoryReader) {
    self.reader = reader
    sums = [Double](repeating: 0, count: reader.inputs.count)
    totals = sums
  }

  /// A user whose profile is known, with the weights that `weights` gave for it.
  ///
  /// - Precondition: A value and a weight for each input at least.
  package init(_ reader: HistoryReader, profile: [Float], weights: [Float]) {
    self.init(reader)
    for (place, input) in reader.inputs.enumerated() {
      let weight = Double(weights[place])
      totals[place] = weight
      switch input {
      case .mean, .share: sums[place] = Double(profile[place]) * weight
      case .count, .daysSinceLast: continue
      }
    }
  }

  /// Adds an event.
  ///
  /// - Parameters:
  ///   - kind: The word of its kind; `nil` for one that no input counts.
  ///   - day: Days since 1970; `nil` without a clock.
  package mutating func add(_ parts: HistoryParts, kind: String?, weight: Float, day: Double?) {
    lastDay = day
    for (place, input) in reader.inputs.enumerated() {
      switch input {
      case .count(let event, _): if event == kind { totals[place] += 1 }
      case .mean, .share:
        sums[place] *= reader.decay
        totals[place] *= reader.decay
      case .daysSinceLast: continue
      }
    }
    for part in parts.numbers {
      sums[part.place] += Double(weight) * Double(part.number)
      totals[part.place] += Double(weight)
    }
    for place in parts.words { sums[place] += Double(weight) }
    for place in parts.attributes { totals[place] += Double(weight) }
  }

  /// The inputs at a day.
  package func row(at day: Double?) -> [Float] {
    reader.inputs.enumerated().map { place, input in
      switch input {
      case .count(_, let normalisation): return normalisation.input(totals[place])
      case .daysSinceLast(let normalisation):
        guard let day, let lastDay else { return normalisation.missing }
        return normalisation.input(max(0, day - lastDay))
      case .mean: return totals[place] > 0 ? Float(sums[place] / totals[place]) : 0
      case .share:
        let total = totals[reader.firstShares[place]]
        return total > 0 ? Float(sums[place] / total) : 0
      }
    }
  }

  /// How much stands behind each input, so that a later event can be added: the weight of a mean's or a share's events, the
  /// number that a count counts, 0 for days.
  package var weights: [Float] { reader.firstShares.map { Float(totals[$0]) } }
}
