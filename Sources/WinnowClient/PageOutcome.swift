import Wire

/// What became of the wishes of a search page.
public struct PageOutcome: Sendable {
  /// The counts of a facet.
  public struct Facet: Sendable {
    let wire: PageReport.Facet

    public var attribute: String { wire.attribute }
    /// Whether the counts are exact for the shards that have answered.
    public var isExact: Bool { wire.isExact }
    /// Items that have a value; each value of a keyword set counts.
    public var present: Int { Int(clamping: wire.present) }
    /// What the counts leave of them.
    public var other: Int { Int(clamping: wire.other) }
    /// The most frequent values with their counts; empty for ranges.
    public var values: [(value: String, count: Int)] {
      zip(wire.values, wire.counts).map { ($0, Int(clamping: $1)) }
    }
    /// Ranges with their counts, ascending; the upper end belongs to the next range, but for the last. Empty for values.
    public var ranges: [(low: Double, high: Double, count: Int)] {
      wire.lows.indices.map { (wire.lows[$0], wire.highs[$0], Int(clamping: wire.counts[$0])) }
    }
  }

  /// What a step of the arrangement did.
  public struct Step: Sendable {
    let wire: PageReport.Step

    /// `boost`, `cap`, `diversity`, `exposure` or `pin`.
    public var name: String { wire.kind.words }
    /// Candidates that stand at another place than before it.
    public var moved: Int { Int(wire.moved) }
    /// By how much it lowered the sum of the logits of the first k.
    public var cost: Float { wire.cost }
    /// By how much it lowered the sum of their probabilities.
    public var clicksCost: Float { wire.clicksCost }
  }

  /// A rule whose condition held.
  public struct Rule: Sendable {
    let wire: PageReport.Rule

    public var name: String { wire.name }
    /// `acted`, or why not.
    public var outcome: String { wire.outcome.words }
    /// Its answer to the shopper: a text or an address; empty: none.
    public var message: String { wire.message }
  }

  let wire: PageReport

  /// Items that pass filter and exclusions, and, with words, have one of them; 0 if they were not counted.
  public var total: Int { Int(clamping: wire.total) }
  public var facets: [Facet] { wire.facets.map { Facet(wire: $0) } }
  public var steps: [Step] { wire.steps.map { Step(wire: $0) } }
  /// The mean similarity of two of the first k, before and after diversity.
  public var similarity: (before: Float, after: Float) { (wire.similarityBefore, wire.similarityAfter) }
  public var rules: [Rule] { wire.rules.map { Rule(wire: $0) } }
  /// `first`, `kept`, `made again` or `changed`.
  public var source: String { wire.source.words }
  /// The place of the first result in the list, from 0.
  public var offset: Int { Int(wire.offset) }
  /// Places of the whole list; 0 if it is not kept.
  public var listed: Int { Int(wire.listed) }
  /// For the next page; empty: there is none.
  public var next: [UInt8] { wire.token }

  /// Why a result stands elsewhere than its logit says, step by step; empty: it does not.
  public func moves(of result: Int) -> [(step: String, places: Int)] {
    wire.moves.filter { Int($0.result) == result }.map { ($0.kind.words, Int($0.places)) }
  }
}
