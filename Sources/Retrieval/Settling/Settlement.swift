package import Kernels
import Vocabulary

/// Rows of full blocks that are to lie by direction: those that point alike stand together, the longest first.
///
/// A search knows of each word of 64 such rows how far they reach along its direction and across it, and so need not
/// look at most words. The work may happen anywhere; the table takes what comes of it in pieces.
package struct Settlement: Sendable {
  let sources: [(position: Int, block: Block)]
  private let views: [BlockView]
  private let rotation: Rotation
  private let schema: CollectionSchema
  /// The serial of the first new block.
  private let firstSerial: UInt64

  /// How many rows a direction has, about.
  private static let rowsEach = 256
  private static let directionsMax = 1024

  init(
    _ sources: [(position: Int, view: BlockView)], _ rotation: Rotation, _ schema: CollectionSchema, firstSerial: UInt64
  ) {
    self.sources = sources.map { ($0.position, $0.view.block) }
    views = sources.map(\.view)
    self.rotation = rotation
    self.schema = schema
    self.firstSerial = firstSerial
  }

  /// The rows that live.
  package var rowCount: Int { views.reduce(0) { $0 + $1.aliveCount } }

  /// How many directions so many rows get: whole vectors of a kernel, at least as many as one has lanes.
  static func directionCount(_ rows: Int) -> Int { min(max(rows / rowsEach / 16 * 16, 16), directionsMax) }

  /// How many blocks so many rows need at most, with what fills up the words.
  static func blocksMax(_ rows: Int, _ schema: CollectionSchema) -> Int {
    (rows + 64 * directionCount(rows)) / Block.capacity(count: .max, schema: schema) + 1
  }

  /// Lays the rows out.
  ///
  /// - Parameter goOn: Asked after each piece of work, about a millisecond; false ends it.
  /// - Returns: `nil` if it was ended, or no row points anywhere.
  /// - Complexity: O(rows · directions · d).
  package func run(_ kernels: KernelSet = KernelSet(), goOn: () async -> Bool = { true }) async -> SettledRows? {
    let rows = rowCount
    let count = Self.directionCount(rows)
    let clusters = await Clusters.find(
      count, in: sample(Clusters.sampleEach * count, of: rows), kernels: kernels, goOn: goOn)
    guard let clusters, let members = await members(clusters, kernels, goOn) else { return nil }
    return await blocks(members, clusters.directions, kernels, goOn)
  }

  /// About `wanted` rows that live, the same ones whenever it is asked, in no order that the catalogue has.
  private func sample(_ wanted: Int, of rows: Int) -> [[Float]] {
    let step = UInt64(max(rows / wanted, 1))
    var sample: [(draw: UInt64, row: [Float])] = []
    var passed: UInt64 = 0
    for view in views {
      view.alive.forEach { row in
        let draw = SplitMix64.mixed(passed)
        if draw % step == 0 { sample.append((draw, view.block.embeddings.row(row))) }
        passed += 1
      }
    }
    return sample.sorted { $0.draw < $1.draw }.map(\.row)
  }

  /// The rows of each direction, the longest first.
  private func members(
    _ clusters: Clusters, _ kernels: KernelSet, _ goOn: () async -> Bool
  ) async -> [[RowAddress]]? {
    var members = [[(square: Float, source: RowAddress)]](repeating: [], count: clusters.directions.count)
    for (number, view) in views.enumerated() {
      for start in stride(from: 0, to: view.rowCount, by: Clusters.piece) {
        let rows = start..<min(start + Clusters.piece, view.rowCount)
        let nearest = clusters.nearest(of: view.block.embeddings, rows)
        for row in rows where view.alive[row] {
          let square = kernels.dot(view.block.embeddings, rows: row, row)
          members[nearest[row - start]].append((square, RowAddress(block: number, row: row)))
        }
        guard await goOn() else { return nil }
      }
    }
    var sorted: [[RowAddress]] = []
    for rows in members {
      sorted.append(rows.sorted { ($1.square, $0.source.rawValue) < ($0.square, $1.source.rawValue) }.map(\.source))
      guard await goOn() else { return nil }
    }
    return sorted
  }

  /// Writes the rows into new blocks, each direction's from a word on.
  private func blocks(
    _ members: [[RowAddress]], _ directions: Directions, _ kernels: KernelSet, _ goOn: () async -> Bool
  ) async -> SettledRows? {
    let words = members.enumerated().flatMap { number, rows in
      stride(from: 0, to: rows.count, by: 64).map { (number, rows[$0..<min($0 + 64, rows.count)]) }
    }
    var blocks: [SettledRows.Settled] = []
    let wordsEach = Block.capacity(count: .max, schema: schema) / 64
    for start in stride(from: 0, to: words.count, by: wordsEach) {
      let own = words[start..<min(start + wordsEach, words.count)]
      var view = BlockView(
        block: Block(serial: firstSerial + UInt64(blocks.count), capacity: 64 * own.count, schema: schema))
      var origins: [RowAddress?] = []
      for (_, rows) in own {
        for source in rows { _ = view.append(row: source.row, of: views[source.block]) }
        view.fill(64 - rows.count)
        origins += rows.map { Optional($0) } + Array(repeating: nil, count: 64 - rows.count)
      }
      guard await goOn() else { return nil }
      let embeddings = view.block.embeddings
      let directed = DirectedWords(directions, numbers: own.map(\.0), of: embeddings, kernels: kernels)
      view.encoded = CodeBlock(
        embeddings, rowCount: view.rowCount, by: rotation, directed: directed, kernels: kernels)
      guard await goOn() else { return nil }
      view.lists = view.block.columns.isEmpty ? nil : AttributeLists(view)
      view.killAll()
      blocks.append(SettledRows.Settled(view: view, origins: origins))
      guard await goOn() else { return nil }
    }
    return SettledRows(sources: sources, blocks: blocks)
  }
}
