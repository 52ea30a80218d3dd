package import Vocabulary

/// What came of what was shown: each event of a shopper is given to one result of one answer.
///
/// By the request id that the event has, else to the last answer that showed the item to the shopper. The order in which
/// events came does not matter.
package struct AnswerJoin {
  /// What a shopper did with an item.
  package struct Event: Sendable, Hashable {
    package let user: UInt64
    package let item: UInt64
    package let action: ShopperAction
    /// Microseconds since 1970.
    package let time: Int64
    /// 0: not known.
    package let requestID: UInt64

    package init(user: UInt64, item: UInt64, action: ShopperAction, time: Int64, requestID: UInt64) {
      (self.user, self.item, self.action) = (user, item, action)
      (self.time, self.requestID) = (time, requestID)
    }
  }

  /// A result that was shown, and the strongest that came of it.
  package struct Impression: Sendable, Equatable {
    /// The place of its answer among those that were joined.
    package let answer: Int
    /// From 0, within the answer.
    package let result: Int
    /// `nil`: nothing came of it within the time.
    package let event: Event?
  }

  /// Actions that may come of an impression, the weakest first.
  package static let labels: [ShopperAction] = [.click, .rating, .cart, .purchase]

  /// The impressions of all answers, in their order.
  package let impressions: [Impression]
  /// Events that could have come of an impression and of which none is known.
  package let unjoinedCount: Int

  /// - Parameters:
  ///   - answers: Of one collection.
  ///   - window: Microseconds within which an event comes of an impression.
  package init(_ answers: [LoggedAnswer], _ events: [Event], window: Int64) {
    var byRequest: [UInt64: [Int]] = [:]
    var byUser: [UInt64: [Int]] = [:]
    for (index, answer) in answers.enumerated() {
      byRequest[answer.requestID, default: []].append(index)
      if let user = answer.user { byUser[user, default: []].append(index) }
    }
    var best: [[Event?]] = answers.map { $0.shown.map { _ in nil } }
    var unjoined = 0
    for event in events {
      guard let rank = Self.labels.firstIndex(of: event.action) else { continue }
      func place(_ candidates: [Int]?) -> (answer: Int, result: Int)? {
        // Answers of one shopper are few: the last one that fits.
        var found: (answer: Int, result: Int)?
        for index in candidates ?? [] {
          let answer = answers[index]
          let (age, overflow) = event.time.subtractingReportingOverflow(answer.time)
          guard !overflow, 0...window ~= age, answers[found?.answer ?? index].time <= answer.time,
            let result = answer.shown.firstIndex(where: { $0.item == event.item })
          else { continue }
          found = (index, result)
        }
        return found
      }
      let named = event.requestID == 0 ? nil : place(byRequest[event.requestID])
      guard let (answer, result) = named ?? place(byUser[event.user]) else {
        unjoined += 1
        continue
      }
      if let known = best[answer][result], let other = Self.labels.firstIndex(of: known.action),
        (other, known.time) >= (rank, event.time)
      {
        continue
      }
      best[answer][result] = event
    }
    impressions = best.enumerated().flatMap { answer, results in
      results.enumerated().map { Impression(answer: answer, result: $0, event: $1) }
    }
    unjoinedCount = unjoined
  }
}
