package import Vocabulary

/// MODEL_DESCRIBE (`proto-spec/03-messages/model.md`).
package struct ModelDescribeRequest: RequestMessage, Equatable {
  package typealias Reply = ModelDescribeResponse
  package static let opcode = Opcode.modelDescribe

  package var generation: Generation
  package var collection: String

  package init(generation: Generation = Generation(0), collection: String) {
    self.generation = generation
    self.collection = collection
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    generation = Generation(try reader.integer())
    collection = try reader.name()
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(generation.rawValue)
    writer.write(name: collection)
  }
}

/// The answer to MODEL_DESCRIBE.
package struct ModelDescribeResponse: Message, Equatable {
  package var isLoaded: Bool
  package var generation: Generation
  /// First 8 bytes of the content hash; 0 if none is loaded.
  package var model: UInt64
  package var users: UInt64
  package var parameters: UInt64
  /// The bytes of `manifest.json`; empty if none is loaded.
  package var manifest: [UInt8]

  package init(
    isLoaded: Bool, generation: Generation, model: UInt64, users: UInt64, parameters: UInt64, manifest: [UInt8]
  ) {
    self.isLoaded = isLoaded
    self.generation = generation
    self.model = model
    self.users = users
    self.parameters = parameters
    self.manifest = manifest
  }

  package init(from reader: inout BodyReader) throws(WireError) {
    isLoaded = try reader.bool()
    try reader.zeros(3)
    generation = Generation(try reader.integer())
    model = try reader.integer()
    users = try reader.integer()
    parameters = try reader.integer()
    let limit = Int(ModelLoadRequest.File.manifest.bytesMax)
    manifest = Array(try reader.raw(try reader.count(UInt32.self, elementSize: 1, limit: limit)))
  }

  package func write(to writer: inout BodyWriter) {
    writer.write(isLoaded)
    writer.write(bytes: [0, 0, 0])
    writer.write(generation.rawValue)
    writer.write(model)
    writer.write(users)
    writer.write(parameters)
    writer.write(UInt32(manifest.count))
    writer.write(bytes: manifest)
  }
}
