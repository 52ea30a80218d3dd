/// Values by the name of a collection, whichever its generations are.
typealias ByCollection<Value> = [String: Value]
