/// The limits of `proto-spec/06-limits.md` that more than one room checks.
public enum Limits {
  public static let slotCount = 4096
  public static let kMax = 1000
  public static let depthMax = 10_000
  /// Results of one answer that are explained.
  public static let explainedMax = 100
  public static let searchLimitMax = 10_000
  /// Of a search by words: a reply has the best by vector and the best by words.
  public static let wordedSearchLimitMax = 5000
  /// Terms of a query.
  public static let termsMax = 64
  public static let termBytesMax = 255
  public static let termWeightMax: Float = 1_000_000
  public static let dimensionMax = 4096
  public static let excludeMax = 131_072
  public static let sessionItemsMax = 1000
  public static let filterPredicatesMax = 32
  public static let filterDepthMax = 8
  public static let filterInValuesMax = 1024
  public static let filterTextBytesMax = 16_384
  public static let attributesMax = 64
  public static let attributeBytesMax = 16_384
  public static let keywordSetMax = 256
  public static let nameBytesMax = 64
  public static let upsertItemsMax = 4096
  public static let getItemsMax = 10_000
  public static let contextFeaturesMax = 64
  public static let shardsMax = 256
  public static let collectionsMax = 64
  public static let vectorNormMax = 1e18
  public static let frameWireBytesMax = 4 << 20
  public static let frameRawBytesMax = 4 << 20
  public static let frameWireBytesDefault = 1 << 20
  public static let handshakeFrameBytesMax = 8192
  public static let fragmentBytes = 256 << 10
  public static let messageBytesMaxClient = 16 << 20
  public static let messageBytesMaxPeer = 64 << 20
  public static let budgetMicrosecondsMax: UInt32 = 60_000_000
  public static let budgetMicrosecondsDefault: UInt32 = 1_000_000
  public static let featuresMax = 64
  public static let eventsMax = 1000
  public static let eventTextBytesMax = 1024
  public static let seenRulesMax = 8
  /// Bytes of a query's words.
  public static let wordsBytesMax = 1024
  /// The longest time that a rule of seen items looks back: 3,650 days.
  public static let seenSecondsMax: UInt32 = 315_360_000
  /// Bytes of the prefix of a SUGGEST.
  public static let suggestPrefixBytesMax = 256
  /// Queries, and categories, of the answer to a SUGGEST.
  public static let suggestionsMax = 20
  public static let sortKeysMax = 3
  public static let facetsMax = 32
  /// Values of a facet in an answer.
  public static let facetValuesMax: UInt16 = 1000
  /// Ranges of a facet.
  public static let facetRangesMax: UInt16 = 100
  /// Values that a shard counts of one attribute.
  public static let countedValuesMax = 50_000
  public static let pageTokenBytesMax = 128
  /// Candidates that diversity places.
  public static let diversityWindowMax: UInt16 = 200
  /// Groups of items with a share of exposure.
  public static let exposureGroupsMax = 64
  public static let exposureGroupBytesMax = 255
  /// Moves that an answer tells of.
  public static let movesMax = 5000
  /// Rules that an answer tells of.
  public static let actingRulesMax = 64
  public static let ruleMessageBytesMax = 1024
  /// Arms of an experiment, guards of it, bytes of the reason why it ended.
  public static let armsMax = 8
  public static let guardsMax = 8
  public static let reasonBytesMax = 255

  /// Rules of a collection, bytes of one's document, and of all of them.
  public static let rulesMax = 10_000
  public static let ruleBytesMax = 4096
  public static let rulesBytesMax = 8 << 20
  public static let rulesOfRequestMax = 1000
  /// How far the time of an event may lie before the coordinator's, in microseconds.
  public static let eventLeadMicrosecondsMax: Int64 = 300_000_000
}

/// Whether text is a name by the grammar `[a-z0-9_-]{1,64}` of collections, attributes and features.
public func isName(_ text: String) -> Bool {
  let bytes = text.utf8
  return (1...Limits.nameBytesMax).contains(bytes.count)
    && bytes.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
    }
}
