package import Vocabulary
package import Wire

/// The models that are being sent: which bytes of which file have arrived (`proto-spec/03-messages/model.md`).
package struct Uploads: ~Copyable, Sendable {
  /// The state of an upload.
  package struct Upload: Sendable, Equatable {
    /// The collection that the model is for.
    package let collection: String
    /// Bytes that have arrived, and bytes of the whole file.
    package var files: [ModelLoadRequest.File: Progress] = [:]
    var lastChunk: Instant

    /// Whether everything that was begun has arrived, and a model could be made of it.
    package var isWhole: Bool {
      files[.manifest] != nil && files[.weights] != nil && files.values.allSatisfy { $0.received == $0.total }
    }
  }

  /// How far a file has come.
  package struct Progress: Sendable, Equatable {
    /// Bytes from the start that are there.
    package var received: UInt64
    /// Bytes of the whole file.
    package let total: UInt64
  }

  /// The verdict on a chunk.
  package enum Verdict: Sendable, Equatable {
    case append
    /// The piece is there already; the file has `received` bytes.
    case repeated(received: UInt64)
  }

  /// Uploads that may be open at once.
  package static let openMax = 4
  /// How long an upload waits for its next chunk.
  package static let lifetimeMicroseconds: UInt64 = 600 * 1_000_000

  private var uploads: [UInt64: Upload] = [:]

  /// No uploads.
  package init() {}

  /// Forgets uploads whose last chunk is too old.
  ///
  /// - Returns: their numbers; what was staged of them can go.
  package mutating func expire(at now: Instant) -> [UInt64] {
    let old = uploads.filter { $0.value.lastChunk.microseconds(until: now) >= Self.lifetimeMicroseconds }.keys
    for number in old { uploads[number] = nil }
    return old.sorted()
  }

  /// Judges a chunk before its bytes are kept.
  ///
  /// - Throws: UNKNOWN_UPLOAD for a gap or another collection, MALFORMED_BODY for another total, OVERLOADED.
  package mutating func judge(
    _ number: UInt64, _ collection: String, _ file: ModelLoadRequest.File, total: UInt64, offset: UInt64, count: Int,
    at now: Instant
  ) throws(WireError) -> Verdict {
    if uploads[number] == nil {
      guard offset == 0 else { throw Self.unknown }
      guard uploads.count < Self.openMax else {
        throw WireError(
          .overloaded, retryAfterMilliseconds: 1000, message: "at most \(Self.openMax) uploads are open at once")
      }
      uploads[number] = Upload(collection: collection, lastChunk: now)
    }
    guard uploads[number]?.collection == collection else { throw Self.unknown }
    let progress = uploads[number]?.files[file] ?? Progress(received: 0, total: total)
    guard progress.total == total else {
      throw WireError(.malformedBody, fieldOffset: 16, message: "every chunk of a file names the same total")
    }
    let (end, overflow) = offset.addingReportingOverflow(UInt64(count))
    guard !overflow else { throw WireError(.malformedBody, fieldOffset: 24, message: "a chunk ends within the file") }
    uploads[number]?.lastChunk = now
    uploads[number]?.files[file] = progress
    if offset == progress.received { return .append }
    guard end <= progress.received else {
      throw WireError(
        .unknownUpload, fieldOffset: 24, message: "the next chunk of this file begins at \(progress.received)")
    }
    return .repeated(received: progress.received)
  }

  private static var unknown: WireError {
    WireError(
      .unknownUpload, fieldOffset: 0, message: "no upload of this number is open for the collection: start again")
  }

  /// The bytes of a chunk are kept.
  ///
  /// - Returns: bytes of the file that are there now.
  package mutating func appended(_ number: UInt64, _ file: ModelLoadRequest.File, count: Int) -> UInt64 {
    uploads[number]?.files[file]?.received += UInt64(count)
    return uploads[number]?.files[file]?.received ?? 0
  }

  /// Forgets the uploads for a collection, which has another generation now.
  ///
  /// - Returns: their numbers; what was staged of them can go.
  package mutating func drop(_ collection: String) -> [UInt64] {
    let dropped = uploads.filter { $0.value.collection == collection }.keys.sorted()
    for number in dropped { uploads[number] = nil }
    return dropped
  }

  /// Takes an upload out: it is committed, aborted or broken.
  ///
  /// - Throws: UNKNOWN_UPLOAD.
  package mutating func take(_ number: UInt64, _ collection: String) throws(WireError) -> Upload {
    guard let upload = uploads[number], upload.collection == collection else { throw Self.unknown }
    uploads[number] = nil
    return upload
  }
}
