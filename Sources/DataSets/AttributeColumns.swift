package import Vocabulary

/// The attributes of items, or of users, by the same dense index as in `Interactions`.
package struct AttributeColumns: Sendable {
  /// `[items]`, each once; the ids of users as if of items.
  package let ids: [ItemID]
  package let definitions: [AttributeDefinition]
  /// A column an attribute, `[items]` each; `nil` is missing.
  package let columns: [[AttributeValue?]]

  /// - Precondition: Columns as long as the ids, one for each definition.
  package init(ids: [ItemID], definitions: [AttributeDefinition] = [], columns: [[AttributeValue?]] = []) {
    precondition(columns.count == definitions.count && columns.allSatisfy { $0.count == ids.count }, "[items] a column")
    self.ids = ids
    self.definitions = definitions
    self.columns = columns
  }
}
