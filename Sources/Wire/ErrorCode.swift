/// The number of an error; unknown numbers survive.
package struct ErrorCode: RawRepresentable, Worded, Hashable, Sendable {
  package let rawValue: UInt16

  /// The code of a number, known or not.
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The name in the registry, or the number in hexadecimal.
  package var name: String {
    ErrorCode.entries[self]?.name ?? "0x" + String(rawValue, radix: 16, uppercase: true)
  }

  package var words: String { name }

  /// Its meaning, for people; empty for unknown codes.
  package var meaning: String { ErrorCode.entries[self]?.meaning ?? "" }

  /// The class in the registry; for unknown codes `.indefinite`, which promises nothing.
  package var defaultClass: ErrorClass { ErrorCode.entries[self]?.errorClass ?? .indefinite }

  /// A row of the registry in `proto-spec/05-errors.md`.
  package struct Entry: Sendable {
    package let code: ErrorCode
    package let name: String
    package let errorClass: ErrorClass
    /// Its meaning, for people.
    package let meaning: String
  }

  private static let entries = Dictionary(uniqueKeysWithValues: registry.map { ($0.code, $0) })

  package static let badHeaderCRC = ErrorCode(rawValue: 0x1001)
  package static let badLength = ErrorCode(rawValue: 0x1002)
  package static let reservedBits = ErrorCode(rawValue: 0x1003)
  package static let idOrder = ErrorCode(rawValue: 0x1004)
  package static let noCredit = ErrorCode(rawValue: 0x1005)
  package static let unexpectedState = ErrorCode(rawValue: 0x1006)
  package static let compressionNotNegotiated = ErrorCode(rawValue: 0x1007)
  package static let fragmentOrder = ErrorCode(rawValue: 0x1008)
  package static let frameTimeout = ErrorCode(rawValue: 0x1009)
  package static let enhanceYourCalm = ErrorCode(rawValue: 0x100A)
  package static let unsupportedVersion = ErrorCode(rawValue: 0x1101)
  package static let wrongCluster = ErrorCode(rawValue: 0x1102)
  package static let criticalFeatureUnknown = ErrorCode(rawValue: 0x1103)
  package static let badPayloadCRC = ErrorCode(rawValue: 0x1201)
  package static let decompressFailed = ErrorCode(rawValue: 0x1202)
  package static let rawSizeMismatch = ErrorCode(rawValue: 0x1203)
  package static let authRequired = ErrorCode(rawValue: 0x2001)
  package static let authFailed = ErrorCode(rawValue: 0x2002)
  package static let authRateLimited = ErrorCode(rawValue: 0x2003)
  package static let permissionDenied = ErrorCode(rawValue: 0x2004)
  package static let certRequired = ErrorCode(rawValue: 0x2005)
  package static let unknownOpcode = ErrorCode(rawValue: 0x3001)
  package static let unknownBodyVersion = ErrorCode(rawValue: 0x3002)
  package static let malformedBody = ErrorCode(rawValue: 0x3003)
  package static let trailingBytes = ErrorCode(rawValue: 0x3004)
  package static let limitExceeded = ErrorCode(rawValue: 0x3005)
  package static let dimensionMismatch = ErrorCode(rawValue: 0x3006)
  package static let nonFiniteValue = ErrorCode(rawValue: 0x3007)
  package static let unknownCollection = ErrorCode(rawValue: 0x3008)
  package static let badUTF8 = ErrorCode(rawValue: 0x3009)
  package static let duplicateField = ErrorCode(rawValue: 0x300A)
  package static let badDeadline = ErrorCode(rawValue: 0x300B)
  package static let unknownUser = ErrorCode(rawValue: 0x300C)
  package static let conflict = ErrorCode(rawValue: 0x300D)
  package static let badFilter = ErrorCode(rawValue: 0x300E)
  package static let unknownAttribute = ErrorCode(rawValue: 0x300F)
  package static let modelRefused = ErrorCode(rawValue: 0x3010)
  package static let unknownGeneration = ErrorCode(rawValue: 0x3011)
  package static let unknownUpload = ErrorCode(rawValue: 0x3012)
  package static let unknownAnalysis = ErrorCode(rawValue: 0x3013)
  package static let badPageToken = ErrorCode(rawValue: 0x3020)
  package static let badFacet = ErrorCode(rawValue: 0x3021)
  package static let impossibleTarget = ErrorCode(rawValue: 0x3022)
  package static let badRule = ErrorCode(rawValue: 0x3023)
  package static let staleEpoch = ErrorCode(rawValue: 0x4001)
  package static let notOwner = ErrorCode(rawValue: 0x4002)
  package static let slotFrozen = ErrorCode(rawValue: 0x4003)
  package static let noReplica = ErrorCode(rawValue: 0x4004)
  package static let notPrimary = ErrorCode(rawValue: 0x4005)
  package static let notAssured = ErrorCode(rawValue: 0x4006)
  package static let displaced = ErrorCode(rawValue: 0x4007)
  package static let staleTerm = ErrorCode(rawValue: 0x4008)
  package static let overloaded = ErrorCode(rawValue: 0x5001)
  package static let quota = ErrorCode(rawValue: 0x5002)
  package static let shuttingDown = ErrorCode(rawValue: 0x5003)
  package static let memoryBudget = ErrorCode(rawValue: 0x5004)
  package static let deadlineExceeded = ErrorCode(rawValue: 0x6001)
  package static let cancelled = ErrorCode(rawValue: 0x6002)
  package static let expiredInQueue = ErrorCode(rawValue: 0x6003)
  package static let coverageNotMet = ErrorCode(rawValue: 0x6004)
  package static let storageFailed = ErrorCode(rawValue: 0x7001)
  package static let storageFull = ErrorCode(rawValue: 0x7002)
  package static let corruptShard = ErrorCode(rawValue: 0x7003)
  package static let readOnly = ErrorCode(rawValue: 0x7004)
  package static let internalFault = ErrorCode(rawValue: 0x8001)
  package static let replicationIndefinite = ErrorCode(rawValue: 0x8002)
  package static let metadataUnavailable = ErrorCode(rawValue: 0x8003)
  package static let tooFewCopies = ErrorCode(rawValue: 0x8004)
  package static let metadataWentBack = ErrorCode(rawValue: 0x8005)
}
