package import Vocabulary

/// MODEL_LOAD: a piece of a model's files, or their commit or removal (`proto-spec/03-messages/model.md`).
package struct ModelLoadRequest: RequestMessage, Equatable {
  package typealias Reply = ModelLoadResponse
  package static let opcode = Opcode.modelLoad
  /// Most bytes of one chunk.
  package static let chunkBytesMax = 4 << 20

  private static let noHash = [UInt8](repeating: 0, count: 32)

  /// A file of a model.
  package enum File: UInt8, Sendable, CaseIterable {
    case manifest = 1
    case weights = 2
    case users = 3
    /// From body version 2 on.
    case tower = 4
    /// From body version 3 on, as all that follow.
    case lexicon = 5
    case text = 6
    case suggestions = 7
    case synonyms = 8
    case protected = 9

    /// The numbers of files that a body version knows.
    static func numbers(in version: UInt16) -> ClosedRange<UInt8> {
      switch version {
      case 1: 1...3
      case 2: 1...4
      default: 1...9
      }
    }

    /// The most bytes that such a file may have.
    package var bytesMax: UInt64 {
      switch self {
      case .manifest: 1 << 20
      case .weights: 1 << 30
      case .users: 4 << 30
      case .tower, .lexicon, .text, .suggestions: 1 << 30
      case .synonyms, .protected: 16 << 20
      }
    }

    /// Its name in a model directory.
    package var fileName: String {
      switch self {
      case .manifest: "manifest.json"
      case .weights: "weights.safetensors"
      case .users: "users.safetensors"
      case .tower: "tower.safetensors"
      case .lexicon: "lexicon.bin"
      case .text: "text.safetensors"
      case .suggestions: "suggest.bin"
      case .synonyms: "synonyms.txt"
      case .protected: "protected.txt"
      }
    }
  }

  /// A step.
  package enum Step: Sendable, Equatable {
    case chunk(File, total: UInt64, offset: UInt64, bytes: [UInt8])
    /// With the SHA-256 of the files joined in the order of their numbers, 32 bytes.
    case commit(sha256: [UInt8])
    case abort
  }

  package var collection = ""
  package var generation = Generation(0)
  package var upload: UInt64 = 0
  package var step = Step.abort

  package init() {}

  package init(collection: String, generation: Generation = Generation(0), upload: UInt64, step: Step) {
    self.collection = collection
    self.generation = generation
    self.upload = upload
    self.step = step
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    var (kind, file, total, offset): (UInt8, File?, UInt64, UInt64) = (3, nil, 0, 0)
    var (hash, chunk) = (Self.noHash, [UInt8]())
    switch step {
    case .chunk(let part, let all, let from, let bytes):
      (kind, file, total, offset, chunk) = (1, part, all, from, bytes)
    case .commit(let sha256): (kind, hash) = (2, sha256)
    case .abort: break
    }
    try c.integer("upload", &upload, in: 1...UInt64.max)
    try c.integer("kind", &kind, in: 1...3)
    try c.integer("file", &file, in: kind == 1 ? File.numbers(in: c.version) : 0...0)
    try c.zeros(2)
    try c.integer("generation", &generation)
    try c.integer("total", &total, in: 0...(file?.bytesMax ?? 0), or: kind == 1 ? .limitExceeded : .malformedBody)
    try c.integer("offset", &offset, in: 0...(kind == 1 ? UInt64.max : 0))
    let hashAt = c.offset
    try c.bytes("sha256", &hash, count: 32)
    try c.check(kind == 2 || hash == Self.noHash, at: hashAt, "these bytes are 0")
    try c.name("collection", &collection)
    let countAt = c.offset
    try c.bytes("data", &chunk, limit: Self.chunkBytesMax, hint: file == nil || file == .manifest ? .plain : .raw)
    try c.check(
      offset <= total && UInt64(chunk.count) <= total - offset, at: countAt, "a chunk ends within the file")
    switch (kind, file) {
    case (1, .some(let file)): step = .chunk(file, total: total, offset: offset, bytes: chunk)
    case (2, _): step = .commit(sha256: hash)
    default: step = .abort
    }
  }
}

/// The answer to MODEL_LOAD.
package struct ModelLoadResponse: Message, FieldGroup, Equatable {
  /// Bytes of the file that have arrived, in order.
  package var received: UInt64 = 0
  /// After a commit: first 8 bytes of the content hash; else 0.
  package var model: UInt64 = 0
  package var users: UInt64 = 0
  package var parameters: UInt64 = 0

  package init() {}

  package init(received: UInt64, model: UInt64 = 0, users: UInt64 = 0, parameters: UInt64 = 0) {
    self.received = received
    self.model = model
    self.users = users
    self.parameters = parameters
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("received", &received)
    try c.integer("model", &model)
    try c.integer("users", &users)
    try c.integer("parameters", &parameters)
  }
}
