import JSON
import WinnowClient

/// What `winnow cluster status` shows: a node, and what a coordinator knows besides.
struct ClusterView {
  let status: NodeStatus
  var moves: SlotMoves?
  /// `nil`: the node is no coordinator, or does not say.
  var coordinators: ClusterCoordinators?

  /// The coordinators and their store as lines; nothing where there is only one.
  var coordinatorsText: String {
    guard let coordinators, coordinators.store != "file" else { return "" }
    var text = "metadata in \(coordinators.store), which \(coordinators.state)"
    if !coordinators.fault.isEmpty { text += ": \(coordinators.fault)" }
    text += coordinators.hasChair ? "\n" : "; no coordinator has the chair\n"
    var table = Table([
      ("coordinator", .left), ("chair", .left), ("map", .right), ("catalogue", .right), ("answers here", .left),
    ])
    for coordinator in coordinators.coordinators {
      table.add([
        coordinator.address, coordinator.isChair ? "yes" : "", "\(coordinator.mapRevision)",
        "\(coordinator.catalogueRevision)", coordinator.isOwn ? "yes" : "",
      ])
    }
    return text + "\n" + table.text
  }

  /// The same in JSON; `null` where it is not known.
  var metadataJSON: JSON {
    guard let coordinators else { return .null }
    return .object([
      ("store", .text(coordinators.store)), ("state", .text(coordinators.state)), ("fault", .text(coordinators.fault)),
      (
        "coordinators",
        .list(
          coordinators.coordinators.map {
            .object([
              ("address", .text($0.address)), ("chair", .bool($0.isChair)), ("own", .bool($0.isOwn)),
              ("map_revision", .id($0.mapRevision)), ("catalogue_revision", .id($0.catalogueRevision)),
            ])
          })
      ),
    ])
  }
}
