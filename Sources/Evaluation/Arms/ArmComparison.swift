package import Vocabulary

/// Two arms side by side: what their shoppers did, and whether the shoppers were divided as planned.
package struct ArmComparison: Sendable {
  /// How often a shopper did something, by action and what is stronger.
  package struct Shopper: Sendable, Hashable {
    package var clicks = 0
    package var carts = 0
    package var purchases = 0

    package init() {}
  }

  /// One kind of action.
  package struct Action: Sendable {
    package let action: ShopperAction
    /// Per shopper.
    package let means: (a: Double, b: Double)
    /// B − A, at every look; `nil`: too few have done it.
    package let difference: Bootstrap.Interval?
    /// Shoppers of both arms by which the effect that is looked for is found in 80 of 100 experiments.
    package let needed: Int?
  }

  /// Shoppers by arm.
  package let counts: [Int]
  package let keepsShares: Bool
  package let actions: [Action]

  /// - Parameters:
  ///   - share: Of the shoppers that are to be in the second arm.
  ///   - effect: The gain that is looked for, as a share of what the first arm has.
  package init(_ a: [Shopper], _ b: [Shopper], share: Double, effect: Double) {
    counts = [a.count, b.count]
    keepsShares = SequentialTest.keepsShares(a.count, b.count, share: share)
    let kinds: [(ShopperAction, (Shopper) -> Int)] = [
      (.click, { $0.clicks }), (.cart, { $0.carts }), (.purchase, { $0.purchases }),
    ]
    actions = kinds.map { action, count in
      var (first, second) = (SequentialTest.Arm(), SequentialTest.Arm())
      for shopper in a { first.add(Double(count(shopper))) }
      for shopper in b { second.add(Double(count(shopper))) }
      let wanted = effect * first.mean
      return Action(
        action: action, means: (first.mean, second.mean),
        difference: wanted > 0 ? SequentialTest(effect: wanted).difference(first, second) : nil,
        needed: wanted > 0 ? SequentialTest.unitCount(effect: wanted, variance: first.variance, share: share) : nil)
    }
  }
}
