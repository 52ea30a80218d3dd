package import Vocabulary
package import Wire

/// The experiment of a collection, as the catalogue keeps it.
package struct Experiment: Sendable, Equatable {
  package let plan: ExperimentPlan
  /// Microseconds since 1970.
  package let began: UInt64
  /// 0: it goes on.
  package private(set) var ended: UInt64 = 0
  /// Why it ended, for people.
  package private(set) var reason = ""

  /// An experiment that begins.
  package init(_ plan: ExperimentPlan, began: UInt64) { (self.plan, self.began) = (plan, began) }

  /// Whether it has an end.
  package var isOver: Bool { ended > 0 }

  /// Whether it needs a generation.
  package func needs(_ generation: Generation) -> Bool {
    !isOver && (plan.shadow == generation || plan.arms.contains { $0.generation == generation })
  }

  /// Ends it; one that is over stays as it is.
  package mutating func end(at time: UInt64, _ reason: String) {
    guard !isOver else { return }
    (ended, self.reason) = (max(time, 1), String(decoding: reason.utf8.prefix(Limits.reasonBytesMax), as: UTF8.self))
  }

  // MARK: In the catalogue

  init(from reader: inout BodyReader) throws(WireError) {
    plan = try ExperimentPlan(from: &reader)
    began = try reader.integer()
    ended = try reader.integer()
    reason = try reader.text(limit: Limits.reasonBytesMax)
  }

  func write(to writer: inout BodyWriter) {
    plan.write(to: &writer)
    writer.write(began)
    writer.write(ended)
    writer.write(text: reason)
  }
}

extension Serving {
  /// The arm of a query; `nil`: it names a generation or no shopper, or the collection has no arms that act.
  func arm(of request: RankRequest) -> ExperimentPlan.Arm? {
    guard request.generation.rawValue == 0, let user = request.user else { return nil }
    return collections[request.collection]?.experiment?.plan.arm(of: user.rawValue)
  }

  /// The generations of arms that what serves is not, and which writes change too.
  func otherArms(_ name: String) -> [Generation] {
    guard let collection = collections[name], let experiment = collection.experiment else { return [] }
    let others = Set(experiment.plan.arms.map(\.generation) + [experiment.plan.shadow])
    return others.filter { $0.rawValue > 0 && $0 != collection.generation }.sorted()
  }
}
