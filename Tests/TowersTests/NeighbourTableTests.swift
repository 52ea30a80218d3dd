import Testing

@testable import Towers

@Suite struct NeighbourTableTests {
  private let table = NeighbourTable(rows: [
    (id: 1, neighbours: [(id: 2, weight: 4), (id: 3, weight: 2)]), (id: 2, neighbours: [(id: 3, weight: 8)]),
    (id: 9, neighbours: []),
  ])

  @Test func theNewestEventsCountMost() {
    let settings = NeighbourTable.Settings(decay: 0.5, length: 2)
    let (forth, back) = (table.scores([1, 2], settings), table.scores([2, 1], settings))
    #expect(forth[3] == 9 && forth[2] == 2 && forth.count == 2)
    #expect(back[3] == 6 && back[2] == 4 && back.count == 2)
    // Items without a row take no place, and an item counts where it was met last.
    #expect(table.scores([1, 7, 2, 7, 7], settings) == forth)
    #expect(table.scores([2, 1, 2], settings) == forth)
    // One with a row takes its place, even if the row is empty.
    #expect(table.scores([1, 2, 9], settings) == [3: 4])
    #expect(table.scores([], settings).isEmpty)
  }

  @Test func aTableOfAFileIsCheckedFirst() {
    func isRefused(_ ids: [UInt64], _ offsets: [UInt64], _ count: Int) -> Bool {
      let items = (0..<count).map { UInt64($0) }
      return NeighbourTable(ids: ids, offsets: offsets, items: items, weights: items.map { Float($0) }) == nil
    }
    #expect(!isRefused([1, 2], [0, 1, 3], 3))
    #expect(!isRefused([], [0], 0))
    #expect(isRefused([], [], 0))
    #expect(isRefused([1, 2], [0, 3], 3))
    #expect(isRefused([1, 1], [0, 1, 3], 3))
    #expect(isRefused([1, 2], [0, 2, 1], 1))
    #expect(isRefused([1, 2], [1, 1, 3], 3))
    #expect(isRefused([1, 2], [0, 1, 2], 3))
    #expect(isRefused([1, 2], [0, .max, 3], 3))
  }

  @Test func vectorsOfPairsAskWithTheMeanOfTheSources() {
    let settings = NeighbourTable.Settings(decay: 0.5, length: 2)
    func event(_ source: Float) -> Tower.Event { Tower.Event([7, 7, 3, source, source], weight: 1) }
    let tower = Tower.softmax(dimension: 5, settings)
    let mean: Float = 5 / 1.5
    let query = tower.query(from: nil, stored: [], session: [event(2), event(4)])
    #expect(query == [mean, mean, 1, 0, 0])
    // An item that the model does not know has no source, and takes no place.
    let other = tower.query(from: nil, stored: [], session: [event(2), event(0), event(4)])
    #expect(other == query)
    #expect(tower.popularity == [0, 0, 1, 0, 0])
    #expect(Tower.neighbours(table).popularity == [1])
  }
}
