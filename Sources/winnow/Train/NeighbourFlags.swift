import Arguments
import DataSets
import Privacy

/// How the sums of private models are made, alone and together with others.
enum NeighbourFlags {
  static let clipEvents = Flag(
    "clip-events", .int(2...100_000), "Of each user the newest events that count.", group: "Privacy", default: "400")
  static let window = Flag(
    "window", .int(1...1000), "How many events later an item still counts as following.", group: "Privacy",
    default: "20")

  /// How sums are made.
  static func sums(_ session: Session) -> NeighbourSettings {
    var settings = NeighbourSettings()
    settings.eventsMax = session[Self.clipEvents]
    settings.window = session[Self.window]
    return settings
  }

  /// The public list of a file.
  static func publicItems(_ path: String) throws(Failure) -> PublicItems {
    let table: EntityTable
    do throws(DataError) { table = try EntityTable(try InputFile(path)) } catch { throw Failure(error) }
    return try Failure.wrap { () throws(PrivacyError) in try PublicItems(table) }
  }
}
