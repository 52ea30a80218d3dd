import Kernels
import Ranking

extension NetworkPass {
  /// Which moments the rows of a block are about.
  struct EventRows {
    let inputs: EventInputs?
    /// Their places among the moments, `[rows]`.
    let places: ArraySlice<UInt32>
    /// Whether they are events that are learned from.
    let areEvents: Bool

    /// The events of a batch, or else the users' own moments.
    init(_ side: SideInputs, users: ArraySlice<UInt32>, events: ArraySlice<UInt32>?) {
      inputs = events == nil ? side.users : side.events
      places = events ?? users
      areEvents = events != nil
    }
  }

  /// Writes what is known of users, by the time of each moment.
  func gatherProfiles(
    _ users: ArraySlice<UInt32>, _ eventRows: EventRows, _ strangers: StrangerRows.Block?, into matrix: FloatMatrix,
    column: Int = 0
  ) {
    if let (table, rows) = eventRows.inputs?.profiles {
      kernels.gather(table, eventRows.places.map { rows[Int($0)] }[...], into: matrix, column: column)
    } else if let profiles = network.side.profiles {
      kernels.gather(profiles, users, into: matrix, column: column)
    }
    guard let strangers, let profiles = strangers.profiles else { return }
    strangers.forEach { place, row in matrix.write(profiles.row(row), row: place, column: column) }
  }

  /// Replaces the column of the attributes that was another in an earlier period.
  func assembleDrift(_ items: ArraySlice<UInt32>, _ eventRows: EventRows, column: Int) {
    guard let drift = network.side.drift, let periods = eventRows.inputs?.periods else { return }
    let itemCount = network.items.rowCapacity
    for (row, (item, place)) in zip(items, eventRows.places).enumerated() {
      inputs[row, column + drift.column] = drift.values[Int(periods[Int(place)]) * itemCount + Int(item)]
    }
  }

  /// Writes the crosses of the profiles in `profileRoom`, by the same code as `FeatureAssembler`.
  func assembleCrosses(_ items: ArraySlice<UInt32>, _ eventRows: EventRows, column: Int) {
    let moments = eventRows.inputs?.days.map { days in eventRows.places.map { Double(days[Int($0)]) } }
    for (index, each) in network.side.crosses.enumerated() {
      for (row, item) in items.enumerated() {
        inputs[row, column + index] = profileRoom.withRow(row) { profile in
          each.cross.input(each.items[Int(item)], profile: profile, moment: moments?[row])
        }
      }
    }
  }

  /// Writes what users had of items by each moment.
  func assembleOwned(
    _ users: ArraySlice<UInt32>, _ items: ArraySlice<UInt32>, _ eventRows: EventRows,
    _ strangers: StrangerRows.Block?, _ owned: OwnedHistory, column: Int
  ) {
    for (row, (user, (item, place))) in zip(users, zip(items, eventRows.places)).enumerated() {
      let day = eventRows.inputs?.days.map { Double($0[Int(place)]) }
      let event = eventRows.areEvents ? Int(place) : nil
      let values =
        if let session = strangers?.session(row) {
          owned.inputs(session: session, item: item, day: day)
        } else {
          owned.inputs(user: Int(user), item: item, event: event, day: day)
        }
      inputs.write(values, row: row, column: column)
    }
  }

  /// Writes the context of each moment.
  func assembleContexts(_ eventRows: EventRows, column: Int) {
    guard let contexts = network.side.contexts, let eventInputs = eventRows.inputs else { return }
    kernels.gather(contexts, eventRows.places.map { eventInputs.contexts[Int($0)] }[...], into: inputs, column: column)
  }
}
