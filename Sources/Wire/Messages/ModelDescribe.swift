package import Vocabulary

/// MODEL_DESCRIBE (`proto-spec/03-messages/model.md`).
package struct ModelDescribeRequest: RequestMessage, Equatable {
  package typealias Reply = ModelDescribeResponse
  package static let opcode = Opcode.modelDescribe

  package var generation = Generation(0)
  package var collection = ""

  package init() {}

  package init(generation: Generation = Generation(0), collection: String) {
    self.generation = generation
    self.collection = collection
  }

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.integer("generation", &generation)
    try c.name("collection", &collection)
  }
}

/// The answer to MODEL_DESCRIBE.
package struct ModelDescribeResponse: Message, FieldGroup, Equatable {
  package var isLoaded = false
  package var generation = Generation(0)
  /// First 8 bytes of the content hash; 0 if none is loaded.
  package var model: UInt64 = 0
  package var users: UInt64 = 0
  package var parameters: UInt64 = 0
  /// The bytes of `manifest.json`; empty if none is loaded.
  package var manifest: [UInt8] = []

  package init() {}

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

  package mutating func fields<C: FieldCoder>(_ c: inout C) throws(C.Failure) {
    try c.flag("loaded", &isLoaded)
    try c.zeros(3)
    try c.integer("generation", &generation)
    try c.integer("model", &model)
    try c.integer("users", &users)
    try c.integer("parameters", &parameters)
    try c.bytes("manifest", &manifest, limit: Int(ModelLoadRequest.File.manifest.bytesMax))
  }
}
