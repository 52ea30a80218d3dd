package import Vocabulary

/// A collection in one of its generations.
package struct InstanceKey: Hashable, Comparable, Sendable {
  package let name: String
  package let generation: Generation

  package init(name: String, generation: Generation) {
    self.name = name
    self.generation = generation
  }

  package static func < (a: InstanceKey, b: InstanceKey) -> Bool {
    a.name != b.name ? a.name < b.name : a.generation < b.generation
  }
}
