extension ErrorCode {
  /// Every code of the spec, in the order of its page.
  package static let registry: [Entry] = [
    Entry(
      code: .badHeaderCRC, name: "BAD_HEADER_CRC", errorClass: [.fatal, .notExecuted],
      meaning: "the header is damaged"),
    Entry(
      code: .badLength, name: "BAD_LENGTH", errorClass: [.fatal, .notExecuted],
      meaning: "a length outside its limits"),
    Entry(
      code: .reservedBits, name: "RESERVED_BITS", errorClass: [.fatal, .notExecuted],
      meaning: "a critical reserved flag is set"),
    Entry(
      code: .idOrder, name: "ID_ORDER", errorClass: [.fatal, .notExecuted],
      meaning: "request ids must be odd and grow"),
    Entry(
      code: .noCredit, name: "NO_CREDIT", errorClass: [.fatal, .notExecuted],
      meaning: "more requests in flight than granted"),
    Entry(
      code: .unexpectedState, name: "UNEXPECTED_STATE", errorClass: [.fatal, .notExecuted],
      meaning: "a frame that its state or direction does not allow"),
    Entry(
      code: .compressionNotNegotiated, name: "COMPRESSION_NOT_NEGOTIATED", errorClass: [.fatal, .notExecuted],
      meaning: "LZ4 without agreement"),
    Entry(
      code: .fragmentOrder, name: "FRAGMENT_ORDER", errorClass: [.fatal, .notExecuted],
      meaning: "fragments out of order"),
    Entry(
      code: .frameTimeout, name: "FRAME_TIMEOUT", errorClass: [.fatal, .notExecuted],
      meaning: "a frame or message did not arrive in time"),
    Entry(
      code: .enhanceYourCalm, name: "ENHANCE_YOUR_CALM", errorClass: [.fatal, .notExecuted],
      meaning: "too many frames of a kind"),
    Entry(
      code: .unsupportedVersion, name: "UNSUPPORTED_VERSION", errorClass: [.fatal, .notExecuted],
      meaning: "no common wire version"),
    Entry(
      code: .wrongCluster, name: "WRONG_CLUSTER", errorClass: [.fatal, .notExecuted],
      meaning: "the node belongs to another cluster"),
    Entry(
      code: .criticalFeatureUnknown, name: "CRITICAL_FEATURE_UNKNOWN", errorClass: [.fatal, .notExecuted],
      meaning: "a critical feature is unknown"),
    Entry(
      code: .badPayloadCRC, name: "BAD_PAYLOAD_CRC", errorClass: [.retriable, .notExecuted],
      meaning: "the payload is damaged"),
    Entry(
      code: .decompressFailed, name: "DECOMPRESS_FAILED", errorClass: [.retriable, .notExecuted],
      meaning: "the payload is not an LZ4 block, or gives more than raw length"),
    Entry(
      code: .rawSizeMismatch, name: "RAW_SIZE_MISMATCH", errorClass: [.retriable, .notExecuted],
      meaning: "the LZ4 block gives less than raw length, or is empty"),
    Entry(
      code: .authRequired, name: "AUTH_REQUIRED", errorClass: [.fatal, .notExecuted],
      meaning: "the node serves those alone that show who they are"),
    Entry(
      code: .authFailed, name: "AUTH_FAILED", errorClass: [.fatal, .notExecuted],
      meaning: "the node does not know the caller's key, or it holds no more"),
    Entry(
      code: .authRateLimited, name: "AUTH_RATE_LIMITED", errorClass: [.fatal, .notExecuted],
      meaning: "too many proofs from this address were wrong"),
    Entry(
      code: .permissionDenied, name: "PERMISSION_DENIED", errorClass: [.notExecuted],
      meaning: "the caller's roles do not include this request"),
    Entry(
      code: .certRequired, name: "CERT_REQUIRED", errorClass: [.fatal, .notExecuted],
      meaning: "the certificate does not say what this link needs"),
    Entry(
      code: .unknownOpcode, name: "UNKNOWN_OPCODE", errorClass: [.notExecuted],
      meaning: "this role does not serve this opcode"),
    Entry(
      code: .unknownBodyVersion, name: "UNKNOWN_BODY_VERSION", errorClass: [.notExecuted],
      meaning: "the body version is not known"),
    Entry(
      code: .malformedBody, name: "MALFORMED_BODY", errorClass: [.notExecuted],
      meaning: "the body breaks its page"),
    Entry(
      code: .trailingBytes, name: "TRAILING_BYTES", errorClass: [.notExecuted],
      meaning: "bytes behind a complete body"),
    Entry(
      code: .limitExceeded, name: "LIMIT_EXCEEDED", errorClass: [.notExecuted],
      meaning: "a documented limit is passed"),
    Entry(
      code: .dimensionMismatch, name: "DIMENSION_MISMATCH", errorClass: [.notExecuted],
      meaning: "a vector has another dimension than the collection or model"),
    Entry(
      code: .nonFiniteValue, name: "NON_FINITE_VALUE", errorClass: [.notExecuted],
      meaning: "NaN, infinity, or a vector of norm above 1e18"),
    Entry(
      code: .unknownCollection, name: "UNKNOWN_COLLECTION", errorClass: [.notExecuted],
      meaning: "no such collection"),
    Entry(
      code: .badUTF8, name: "BAD_UTF8", errorClass: [.notExecuted],
      meaning: "text that is not UTF-8, or has a byte that its field forbids"),
    Entry(
      code: .duplicateField, name: "DUPLICATE_FIELD", errorClass: [.notExecuted],
      meaning: "something that may stand once stands twice"),
    Entry(
      code: .badDeadline, name: "BAD_DEADLINE", errorClass: [.notExecuted],
      meaning: "time_us is 0"),
    Entry(
      code: .unknownUser, name: "UNKNOWN_USER", errorClass: [.notExecuted],
      meaning: "the model has no such user, and nothing else was given to rank by"),
    Entry(
      code: .conflict, name: "CONFLICT", errorClass: [.notExecuted],
      meaning: "the thing exists already and differs"),
    Entry(
      code: .badFilter, name: "BAD_FILTER", errorClass: [.notExecuted],
      meaning: "the filter does not parse or does not fit the schema"),
    Entry(
      code: .unknownAttribute, name: "UNKNOWN_ATTRIBUTE", errorClass: [.notExecuted],
      meaning: "the collection has no such attribute, or not of this type"),
    Entry(
      code: .modelRefused, name: "MODEL_REFUSED", errorClass: [.notExecuted],
      meaning: "the model's files do not form a model that fits the collection"),
    Entry(
      code: .unknownGeneration, name: "UNKNOWN_GENERATION", errorClass: [.notExecuted],
      meaning: "the collection has no such generation here"),
    Entry(
      code: .unknownUpload, name: "UNKNOWN_UPLOAD", errorClass: [.notExecuted],
      meaning: "no such upload, feed or transfer, or its offset differs; start again"),
    Entry(
      code: .unknownAnalysis, name: "UNKNOWN_ANALYSIS", errorClass: [.notExecuted],
      meaning: "the node has not the language or the analysis version of the collection's texts"),
    Entry(
      code: .badPageToken, name: "BAD_PAGE_TOKEN", errorClass: [.notExecuted],
      meaning: "the page token is forged, too old, or another query's"),
    Entry(
      code: .badFacet, name: "BAD_FACET", errorClass: [.notExecuted],
      meaning: "the attribute cannot be counted or sorted by in this way"),
    Entry(
      code: .impossibleTarget, name: "IMPOSSIBLE_TARGET", errorClass: [.notExecuted],
      meaning: "shares of exposure sum to more than 1"),
    Entry(
      code: .badRule, name: "BAD_RULE", errorClass: [.notExecuted],
      meaning: "the rule's document does not parse or does not fit the collection"),
    Entry(
      code: .staleEpoch, name: "STALE_EPOCH", errorClass: [.retriable, .notExecuted, .refresh],
      meaning: "the epoch is not the node's"),
    Entry(
      code: .notOwner, name: "NOT_OWNER", errorClass: [.retriable, .notExecuted, .refresh],
      meaning: "an item of a slot that this shard does not own"),
    Entry(
      code: .slotFrozen, name: "SLOT_FROZEN", errorClass: [.retriable, .notExecuted, .refresh, .backoff],
      meaning: "the slot is moving: write again a little later"),
    Entry(
      code: .noReplica, name: "NO_REPLICA", errorClass: [.retriable, .notExecuted, .backoff],
      meaning: "the shard that owns the slot cannot be reached"),
    Entry(
      code: .notPrimary, name: "NOT_PRIMARY", errorClass: [.retriable, .notExecuted, .refresh],
      meaning: "another member of the shard takes its writes"),
    Entry(
      code: .notAssured, name: "NOT_ASSURED", errorClass: [.retriable, .notExecuted],
      meaning: "the member cannot prove that it holds all that was acknowledged: ask another one"),
    Entry(
      code: .displaced, name: "DISPLACED", errorClass: [.notExecuted],
      meaning: "a coordinator that started later has taken over the shards"),
    Entry(
      code: .staleTerm, name: "STALE_TERM", errorClass: [.notExecuted, .refresh],
      meaning: "the member follows a later primary, or has to be greeted first"),
    Entry(
      code: .overloaded, name: "OVERLOADED", errorClass: [.retriable, .notExecuted, .backoff],
      meaning: "the queue is full"),
    Entry(
      code: .quota, name: "QUOTA", errorClass: [.retriable, .notExecuted, .backoff],
      meaning: "the key has used up what it may ask for"),
    Entry(
      code: .shuttingDown, name: "SHUTTING_DOWN", errorClass: [.retriable, .notExecuted, .backoff],
      meaning: "the node drains"),
    Entry(
      code: .memoryBudget, name: "MEMORY_BUDGET", errorClass: [.retriable, .notExecuted, .backoff],
      meaning: "the node's memory for requests, or for items, is taken"),
    Entry(
      code: .deadlineExceeded, name: "DEADLINE_EXCEEDED", errorClass: [.retriable, .indefinite],
      meaning: "time ran out"),
    Entry(
      code: .cancelled, name: "CANCELLED", errorClass: [.indefinite],
      meaning: "the client cancelled"),
    Entry(
      code: .expiredInQueue, name: "EXPIRED_IN_QUEUE", errorClass: [.retriable, .notExecuted],
      meaning: "time ran out before the work began"),
    Entry(
      code: .coverageNotMet, name: "COVERAGE_NOT_MET", errorClass: [.notExecuted],
      meaning: "less of the collection was searched than the minimum coverage asks for"),
    Entry(
      code: .storageFailed, name: "STORAGE_FAILED", errorClass: [.indefinite],
      meaning: "the disk failed"),
    Entry(
      code: .storageFull, name: "STORAGE_FULL", errorClass: [.retriable, .notExecuted, .backoff],
      meaning: "the disk is full"),
    Entry(
      code: .corruptShard, name: "CORRUPT_SHARD", errorClass: [.notExecuted],
      meaning: "reserved"),
    Entry(
      code: .readOnly, name: "READ_ONLY", errorClass: [.notExecuted],
      meaning: "reserved"),
    Entry(
      code: .internalFault, name: "INTERNAL", errorClass: [.indefinite],
      meaning: "a fault of the server"),
    Entry(
      code: .replicationIndefinite, name: "REPLICATION_INDEFINITE", errorClass: [.indefinite],
      meaning: "the primary lost its place while the write waited for other members"),
    Entry(
      code: .metadataUnavailable, name: "METADATA_UNAVAILABLE", errorClass: [.retriable, .notExecuted, .backoff],
      meaning: "the shard map cannot be had"),
    Entry(
      code: .tooFewCopies, name: "TOO_FEW_COPIES", errorClass: [.retriable, .notExecuted, .backoff],
      meaning: "fewer members of the shard are in sync than a write needs"),
    Entry(
      code: .metadataWentBack, name: "METADATA_WENT_BACK", errorClass: [.notExecuted],
      meaning: "the store of the shard map holds an older state than it did"),
  ]
}
