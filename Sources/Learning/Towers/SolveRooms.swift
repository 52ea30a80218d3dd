import Towers

/// The rooms of a team, each of which only its own worker uses.
@safe struct SolveRooms: @unchecked Sendable {
  // SAFETY: worker i touches element i only.
  private let rooms: [SolveRoom]

  init(_ rooms: [SolveRoom]) { self.rooms = rooms }

  subscript(worker: Int) -> SolveRoom { rooms[worker] }
}
