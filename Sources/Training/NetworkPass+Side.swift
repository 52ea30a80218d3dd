import Kernels
import Ranking

extension NetworkPass {
  /// Which moments the rows of a block are about.
  struct Occasions {
    let moments: Moments?
    /// Their places among the moments, `[rows]`.
    let places: ArraySlice<UInt32>

    /// The events of a batch, or else the users' own moments.
    init(_ side: SideInputs, users: ArraySlice<UInt32>, events: ArraySlice<UInt32>?) {
      moments = events == nil ? side.users : side.events
      places = events ?? users
    }
  }

  /// Writes what is known of users, by the time of each moment.
  func assembleProfiles(_ users: ArraySlice<UInt32>, _ occasions: Occasions, column: Int) {
    if let (table, rows) = occasions.moments?.profiles {
      kernels.gather(table, occasions.places.map { rows[Int($0)] }[...], into: inputs, column: column)
    } else if let profiles = network.side.profiles {
      kernels.gather(profiles, users, into: inputs, column: column)
    }
  }

  /// Replaces the column of the attributes that was another in an earlier period.
  func assembleDrift(_ items: ArraySlice<UInt32>, _ occasions: Occasions, column: Int) {
    guard let drift = network.side.drift, let periods = occasions.moments?.periods else { return }
    let itemCount = network.items.rowCapacity
    for (row, (item, place)) in zip(items, occasions.places).enumerated() {
      inputs[row, column + drift.column] = drift.values[Int(periods[Int(place)]) * itemCount + Int(item)]
    }
  }

  /// Writes the crosses, by the same code as `FeatureAssembler`.
  func assembleCrosses(
    _ users: ArraySlice<UInt32>, _ items: ArraySlice<UInt32>, _ occasions: Occasions, column: Int
  ) {
    let side = network.side
    for (row, (user, (item, place))) in zip(users, zip(items, occasions.places)).enumerated() {
      let moment = occasions.moments?.days.map { Double($0[Int(place)]) }
      let profiles = occasions.moments?.profiles
      let table = profiles?.table ?? side.profiles ?? noProfiles
      let profileRow = profiles.map { Int($0.rows[Int(place)]) } ?? (side.profiles == nil ? 0 : Int(user))
      table.withRow(profileRow) { profile in
        for (index, each) in side.crosses.enumerated() {
          inputs[row, column + index] = each.cross.input(each.items[Int(item)], profile: profile, moment: moment)
        }
      }
    }
  }

  /// Writes the context of each moment.
  func assembleContexts(_ occasions: Occasions, column: Int) {
    guard let contexts = network.side.contexts, let moments = occasions.moments else { return }
    kernels.gather(contexts, occasions.places.map { moments.contexts[Int($0)] }[...], into: inputs, column: column)
  }
}
