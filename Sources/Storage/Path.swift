/// The directory that a path lies in: `.` for a bare name, `/` for what lies at the root.
func parent(of path: String) -> String {
  var parts = path[...]
  while parts.count > 1, parts.last == "/" { parts = parts.dropLast() }
  guard let slash = parts.lastIndex(of: "/") else { return "." }
  return slash == parts.startIndex ? "/" : String(parts[..<slash])
}
