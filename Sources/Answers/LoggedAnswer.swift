package import Ranking
import Vocabulary

/// One answer to RANK as the answer log keeps it (`proto-spec/08-files/answers.md`).
package struct LoggedAnswer: Sendable {
  /// A result as it was shown.
  package struct Shown: Sendable, Hashable {
    package let item: UInt64
    /// Inner product, or the score of both arms in a search by words.
    package let retrievalScore: Float
    /// 0 behind `rankedCount`.
    package let logit: Float

    package init(item: UInt64, retrievalScore: Float, logit: Float) {
      (self.item, self.retrievalScore, self.logit) = (item, retrievalScore, logit)
    }
  }

  /// A value of the query's context.
  package struct Feature: Sendable, Hashable {
    package let name: String
    package let value: ContextValue

    package init(name: String, value: ContextValue) { (self.name, self.value) = (name, value) }
  }

  /// Bytes of a text at most.
  package static let textBytesMax = 16_384

  /// Microseconds since 1970.
  package var time: Int64 = 0
  package var requestID: UInt64 = 0
  package var collection = ""
  package var generation: UInt32 = 0
  /// Of an experiment; empty: none.
  package var arm = ""
  /// 0: the order is that of retrieval.
  package var model: UInt64 = 0
  package var user: UInt64?
  /// What the shopper had typed.
  package var words = ""
  package var filter = ""
  package var context: [Feature] = []
  /// How many results stand before these in the list.
  package var offset: UInt32 = 0
  /// How many of the results, from the first, have a logit.
  package var rankedCount = 0
  package var shown: [Shown] = []
  /// The place, from 0, whose result stands where the one below would have stood, and the other way round; `nil`: none.
  package var exchanged: UInt32?
  /// Whether rules have added to logits, so that those of the results are not the network's.
  package var isBoosted = false
  /// What the network read, if this was logged.
  package var inputs: AnswerInputs?

  package init() {}

  /// The bytes that it takes in memory, about.
  package var byteCount: Int {
    256 + words.utf8.count + filter.utf8.count + 16 * shown.count + (inputs?.byteCount ?? 0)
  }
}
