package import Kernels
import Vocabulary

/// Rows of full blocks that are to lie by direction: those that point alike stand together, the longest first.
///
/// A search knows of each word of 64 such rows how far they reach along its direction and across it, and so need not
/// look at most words. A machine that works in pieces of a few milliseconds, wherever its owner has time for them; only the
/// first piece, which draws a sample, takes 60 for a million rows. The table takes what comes of it in pieces, too.
package struct Settlement: Sendable {
  private enum Stage: Sendable {
    /// Looking for directions.
    case learning(Clusters)
    /// Finding the direction of each row, from a row of a block on.
    case assigning(Clusters, block: Int, row: Int)
    /// Putting the rows of a direction in order.
    case sorting(Directions, next: Int)
    /// Writing new blocks of these words.
    case writing(Directions, next: Int)
    /// Writing the lists of their terms.
    case listing
    case over
  }

  let sources: [(position: Int, block: Block)]
  private let views: [BlockView]
  private let rotation: Rotation
  private let schema: CollectionSchema
  /// Those of the table; `nil` if it is not searched by words.
  private let lists: [LexicalLists]?
  /// The serial of the first new block.
  private let firstSerial: UInt64
  private var stage: Stage?
  /// The rows of each direction; in the end the longest first.
  private var members: [[(square: Float, source: RowAddress)]] = []
  private var words: [(direction: Int, rows: [RowAddress])] = []
  private var blocks: [SettledRows.Settled] = []
  private var terms: SettledLists?

  /// How many rows a direction has, about.
  private static let rowsEach = 256
  private static let directionsMax = 1024

  init(
    _ sources: [(position: Int, view: BlockView)], _ rotation: Rotation, _ schema: CollectionSchema,
    lists: [LexicalLists]?, firstSerial: UInt64
  ) {
    self.sources = sources.map { ($0.position, $0.view.block) }
    views = sources.map(\.view)
    self.rotation = rotation
    self.schema = schema
    self.lists = lists
    self.firstSerial = firstSerial
  }

  /// The rows that live.
  package var rowCount: Int { views.reduce(0) { $0 + $1.aliveCount } }

  /// How many directions a number of rows gets: whole vectors of a kernel.
  static func directionCount(_ rows: Int) -> Int { min(max(rows / rowsEach / 16 * 16, 16), directionsMax) }

  /// How many blocks a number of rows needs at most, with what fills up the words.
  static func blocksMax(_ rows: Int, _ schema: CollectionSchema) -> Int {
    (rows + 64 * directionCount(rows)) / Block.capacity(count: .max, schema: schema) + 1
  }

  /// What came of it; `nil` before its end, and if no row points anywhere.
  package private(set) var rows: SettledRows?

  /// Goes on by a piece.
  ///
  /// - Returns: Whether there is more to do.
  /// - Complexity: O(rows · directions · d) in all.
  package mutating func step(_ kernels: KernelSet = KernelSet()) -> Bool {
    // A stage leaves its place while it works, so that what it holds is not copied.
    let current = stage
    stage = .over
    switch current {
    case nil:
      let count = Self.directionCount(rowCount)
      stage = Clusters(count, in: sample(Clusters.sampleEach * count), kernels: kernels).map { .learning($0) } ?? .over
    case .learning(var clusters)?:
      let goesOn = clusters.learn()
      if !goesOn { members = [[(square: Float, source: RowAddress)]](repeating: [], count: clusters.directions.count) }
      stage = goesOn ? .learning(clusters) : .assigning(clusters, block: 0, row: 0)
    case .assigning(let clusters, let block, let row)?: assign(clusters, block, row, kernels)
    case .sorting(let directions, let next)?: sort(directions, next)
    case .writing(let directions, let next)?: write(directions, next, kernels)
    case .listing?:
      if terms?.step() == true { stage = .listing } else { finish() }
    case .over?: break
    }
    if case .over? = stage { return false }
    return true
  }

  /// About `wanted` rows that live, the same ones whenever it is asked, in no order that the catalogue has.
  private func sample(_ wanted: Int) -> [[Float]] {
    let step = UInt64(max(rowCount / wanted, 1))
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

  private mutating func assign(_ clusters: Clusters, _ block: Int, _ row: Int, _ kernels: KernelSet) {
    let view = views[block]
    let rows = row..<min(row + Clusters.piece, view.rowCount)
    for (row, nearest) in zip(rows, clusters.nearest(of: view.block.embeddings, rows)) where view.alive[row] {
      let square = kernels.dot(view.block.embeddings, rows: row, row)
      members[nearest].append((square, RowAddress(block: block, row: row)))
    }
    if rows.upperBound < view.rowCount {
      stage = .assigning(clusters, block: block, row: rows.upperBound)
    } else if block + 1 < views.count {
      stage = .assigning(clusters, block: block + 1, row: 0)
    } else {
      stage = .sorting(clusters.directions, next: 0)
    }
  }

  /// Each direction's rows begin a word of their own.
  private mutating func sort(_ directions: Directions, _ next: Int) {
    let rows = members[next].sorted { ($1.square, $0.source.rawValue) < ($0.square, $1.source.rawValue) }.map(\.source)
    members[next] = []
    for start in stride(from: 0, to: rows.count, by: 64) {
      words.append((next, Array(rows[start..<min(start + 64, rows.count)])))
    }
    stage = next + 1 < members.count ? .sorting(directions, next: next + 1) : .writing(directions, next: 0)
  }

  private mutating func write(_ directions: Directions, _ next: Int, _ kernels: KernelSet) {
    let own = words[next..<min(next + Block.capacity(count: .max, schema: schema) / 64, words.count)]
    var view = BlockView(
      block: Block(serial: firstSerial + UInt64(blocks.count), capacity: 64 * own.count, schema: schema))
    var origins: [RowAddress?] = []
    for (_, rows) in own {
      for source in rows { _ = view.append(row: source.row, of: views[source.block]) }
      view.fill(64 - rows.count)
      origins += rows.map { Optional($0) } + Array(repeating: nil, count: 64 - rows.count)
    }
    let embeddings = view.block.embeddings
    let directed = DirectedWords(directions, numbers: own.map(\.direction), of: embeddings, kernels: kernels)
    view.encoded = CodeBlock(embeddings, rowCount: view.rowCount, by: rotation, directed: directed, kernels: kernels)
    view.lists = view.block.columns.isEmpty ? nil : AttributeLists(view)
    view.killAll()
    blocks.append(SettledRows.Settled(view: view, origins: origins))
    if own.endIndex < words.count {
      stage = .writing(directions, next: own.endIndex)
    } else if let lists {
      terms = SettledLists(lists, from: sources, to: blocks)
      stage = .listing
    } else {
      finish()
    }
  }

  private mutating func finish() {
    rows = SettledRows(sources: sources, blocks: blocks, lists: terms?.finish() ?? [])
    terms = nil
  }
}
