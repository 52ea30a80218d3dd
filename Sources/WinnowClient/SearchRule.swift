import Vocabulary

/// A merchandising rule: its name and its document, which is JSON.
public struct SearchRule: Hashable, Sendable {
  public var name: String
  public var document: String

  public init(_ name: String, document: String) { (self.name, self.document) = (name, document) }

  public static func == (a: SearchRule, b: SearchRule) -> Bool {
    a.name == b.name && a.document.exact == b.document.exact
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(document.exact)
  }
}
