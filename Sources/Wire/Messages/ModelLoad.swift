package import Vocabulary

/// MODEL_LOAD: a piece of a model's files, or their commit or removal (`proto-spec/03-messages/model.md`).
package struct ModelLoadRequest: RequestMessage, Equatable {
  package typealias Reply = ModelLoadResponse
  package static let opcode = Opcode.modelLoad
  /// Most bytes of one chunk.
  package static let chunkBytesMax = 4 << 20

  /// A file of a model.
  package enum File: UInt8, Sendable, CaseIterable {
    case manifest = 1
    case weights = 2
    case users = 3

    /// The most bytes that such a file may have.
    package var bytesMax: UInt64 {
      switch self {
      case .manifest: 1 << 20
      case .weights: 1 << 30
      case .users: 4 << 30
      }
    }

    /// Its name in a model directory.
    package var fileName: String {
      switch self {
      case .manifest: "manifest.json"
      case .weights: "weights.safetensors"
      case .users: "users.safetensors"
      }
    }
  }

  /// A step.
  package enum Step: Sendable, Equatable {
    case chunk(File, total: UInt64, offset: UInt64, bytes: [UInt8])
    /// With the SHA-256 of manifest, weights and users joined, 32 bytes.
    case commit(sha256: [UInt8])
    case abort
  }

  package var collection: String
  package var generation: Generation
  package var upload: UInt64
  package var step: Step

  package init(collection: String, generation: Generation = Generation(0), upload: UInt64, step: Step) {
    self.collection = collection
    self.generation = generation
    self.upload = upload
    self.step = step
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    upload = try reader.integer(in: 1...UInt64.max)
    let kind: UInt8 = try reader.integer(in: 1...3)
    let file = File(rawValue: try reader.integer(in: kind == 1 ? 1...3 : 0...0))
    try reader.zeros(2)
    generation = Generation(try reader.integer())
    let total: UInt64 = try reader.integer(
      in: 0...(file?.bytesMax ?? 0), or: kind == 1 ? .limitExceeded : .malformedBody)
    let offset: UInt64 = try reader.integer(in: 0...(kind == 1 ? UInt64.max : 0))
    let hash = kind == 2 ? Array(try reader.raw(32)) : []
    if kind != 2 { try reader.zeros(32) }
    collection = try reader.name()
    let countAt = reader.offset
    let bytes = Array(try reader.raw(try reader.count(UInt32.self, elementSize: 1, limit: Self.chunkBytesMax)))
    guard offset <= total, UInt64(bytes.count) <= total - offset else {
      throw WireError(.malformedBody, fieldOffset: countAt, message: "a chunk ends within the file")
    }
    switch (kind, file) {
    case (1, .some(let file)): step = .chunk(file, total: total, offset: offset, bytes: bytes)
    case (2, _): step = .commit(sha256: hash)
    default: step = .abort
    }
  }

  package func write(to writer: inout BodyWriter) {
    var fields: (kind: UInt8, file: UInt8, total: UInt64, offset: UInt64) = (3, 0, 0, 0)
    var hash = [UInt8](repeating: 0, count: 32)
    var chunk: [UInt8] = []
    switch step {
    case .chunk(let file, let total, let offset, let bytes):
      fields = (1, file.rawValue, total, offset)
      chunk = bytes
    case .commit(let sha256):
      fields.kind = 2
      hash = sha256
    case .abort: break
    }
    writer.write(upload)
    writer.write(fields.kind)
    writer.write(fields.file)
    writer.write(0 as UInt16)
    writer.write(generation.rawValue)
    writer.write(fields.total)
    writer.write(fields.offset)
    writer.write(bytes: hash)
    writer.write(name: collection)
    writer.write(UInt32(chunk.count))
    if fields.file > File.manifest.rawValue { writer.section(.raw) }
    writer.write(bytes: chunk)
  }
}

/// The answer to MODEL_LOAD.
package struct ModelLoadResponse: Message, Equatable {
  /// Bytes of the file that have arrived, in order.
  package var received: UInt64
  /// After a commit: first 8 bytes of the content hash; else 0.
  package var model: UInt64 = 0
  package var users: UInt64 = 0
  package var parameters: UInt64 = 0

  package init(received: UInt64, model: UInt64 = 0, users: UInt64 = 0, parameters: UInt64 = 0) {
    self.received = received
    self.model = model
    self.users = users
    self.parameters = parameters
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    received = try reader.integer()
    model = try reader.integer()
    users = try reader.integer()
    parameters = try reader.integer()
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(received)
    writer.write(model)
    writer.write(users)
    writer.write(parameters)
  }
}
