import Vocabulary

/// EXPERIMENT: starts, shows and ends the arms of a collection (`proto-spec/03-messages/experiment.md`).
package struct ExperimentRequest: RequestMessage, Equatable {
  package typealias Reply = ExperimentResponse
  package static let opcode = Opcode.experiment

  /// What is done.
  package enum Step: UInt8, Sendable, CaseIterable {
    case show = 1
    case start = 2
    /// All shoppers get one arm, or what serves.
    case settle = 3
  }

  package var step = Step.show
  package var collection = ""
  /// Of a start; arms, a shadow, or both.
  package var plan = ExperimentPlan()
  /// Of a settlement: the arm whose generation serves from now on; `nil`: the one that serves.
  package var winner: String?

  package init() {}

  package init(_ step: Step, of collection: String) { (self.step, self.collection) = (step, collection) }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("step", &step, in: 1...3)
    try c.name("collection", &collection)
    let planAt = c.offset
    try plan.fields(&c)
    let isEmpty = plan.arms.isEmpty && plan.shadowShare == 0
    try c.check((step == .start) != isEmpty, at: planAt, "arms or a shadow are given to start with them")
    try c.check(step == .start || plan.salt == 0, at: planAt, "a salt is given to start with it")
    let winnerAt = c.offset
    try c.name("winner", &winner)
    try c.check(step == .settle || winner == nil, at: winnerAt, "an arm wins at the end")
  }
}

/// The answer to EXPERIMENT.
package struct ExperimentResponse: Message, FieldGroup, Equatable {
  /// How far the experiment is.
  package enum State: UInt8, Sendable, CaseIterable {
    case none = 0
    /// A generation of an arm does not serve yet.
    case waiting = 1
    case acting = 2
    case ended = 3
  }

  /// What this coordinator has counted of an arm.
  package struct Counts: FieldGroup, Equatable {
    package var queries: UInt64 = 0
    package var failures: UInt64 = 0
    package var microseconds: UInt64 = 0
    package var clicks: UInt64 = 0
    package var carts: UInt64 = 0
    package var purchases: UInt64 = 0
    /// Clicks for each query, less those of the first arm.
    package var difference: Float = 0
    /// Half of the interval around it that holds at every look; 0: too few have clicked.
    package var width: Float = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("queries", &queries)
      try c.integer("failures", &failures)
      try c.integer("microseconds", &microseconds)
      try c.integer("clicks", &clicks)
      try c.integer("carts", &carts)
      try c.integer("purchases", &purchases)
      try c.float("difference", &difference)
      try c.float("width", &width)
    }
  }

  /// What this coordinator has measured of the shadow.
  package struct Shadow: FieldGroup, Equatable {
    package var measured: UInt64 = 0
    /// Results of the shadow, and those of them that the answers had.
    package var results: UInt64 = 0
    package var shared: UInt64 = 0
    /// Of Kendall's rank correlation over shared results, from −1 to 1, the mean.
    package var correlation: Float = 0
    package var microseconds: UInt64 = 0

    package init() {}

    package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
      try c.integer("shadow_measured", &measured)
      try c.integer("shadow_results", &results)
      try c.integer("shadow_shared", &shared)
      try c.float("shadow_correlation", &correlation)
      try c.integer("shadow_microseconds", &microseconds)
    }
  }

  package var state = State.none
  /// Microseconds since 1970.
  package var began: UInt64 = 0
  package var ended: UInt64 = 0
  /// Why it ended, for people.
  package var reason = ""
  package var plan = ExperimentPlan()
  /// In the order of the plan's arms.
  package var counts: [Counts] = []
  package var shadow = Shadow()

  package init() {}

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("state", &state, in: 0...3)
    try c.integer("began", &began)
    try c.integer("ended", &ended)
    try c.text("reason", &reason, limit: Limits.reasonBytesMax)
    try plan.fields(&c)
    let countsAt = c.offset
    try c.list("counts", &counts, leastBytes: 56, limit: Limits.armsMax)
    try c.check(counts.count == plan.arms.count, at: countsAt, "each arm has its counts")
    try shadow.fields(&c)
  }
}
