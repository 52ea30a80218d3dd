/// A collection in one of its generations.
package struct InstanceKey: Hashable, Comparable, Sendable {
  package var name: String
  package var generation: Generation

  /// The key of one generation of a collection.
  package init(name: String, generation: Generation) {
    self.name = name
    self.generation = generation
  }

  package static func < (a: InstanceKey, b: InstanceKey) -> Bool {
    a.name != b.name ? a.name < b.name : a.generation < b.generation
  }
}
