import Kernels
import Ranking
import Vocabulary
import Wire

extension Gathered {
  /// Where the candidates of one reply stand: row of the reply and position among all.
  private typealias Place = (row: Int, position: Int)

  /// What the network reads of the candidates: the replies' columns put into one order, as typed as they came.
  func inputs(_ plan: QueryPlan) -> CandidateInputs {
    var placesByPart = parts.map { leg in leg.map { _ in [Place]() } }
    for (position, entry) in merge.entries.enumerated() {
      placesByPart[entry.leg][entry.part].append((entry.row, position))
    }
    let replies = zip(parts.joined().map(\.response), placesByPart.joined())
    let reranks = FloatMatrix(rows: merge.entries.count, columns: plan.shape.rerankDimension)
    for (reply, places) in replies where reranks.columns > 0 {
      for place in places { reranks.setRow(place.position, from: reply.rerank.values, at: place.row * reranks.columns) }
    }
    // The strings of all replies in one list for all columns: a word of two replies stands there twice.
    let list = replies.flatMap { $0.0.attributes.strings }
    return CandidateInputs(
      ids: ids, retrievalScores: merge.entries.map(\.candidate.score.value), reranks: reranks,
      isRounded: plan.shape.encoding == .bfloat16,
      columns: plan.modelColumns.map { index in
        let columns = replies.map { ($0.attributes, $0.attributes.columns[index], $1) }
        return switch plan.shape.columns[index].type {
        case .int, .float, .bool: .numbers(numbers(columns))
        case .keyword, .keywordSet, .text: .words(words(columns, list))
        }
      })
  }

  private func numbers(_ parts: [(AttributeTable, AttributeTable.Column, [Place])]) -> [Double] {
    var numbers = [Double](repeating: .nan, count: merge.entries.count)
    for (_, column, places) in parts {
      switch column.values {
      case .int(let values):
        for place in places where column.isPresent(place.row) { numbers[place.position] = Double(values[place.row]) }
      case .float(let values):
        for place in places where column.isPresent(place.row) { numbers[place.position] = values[place.row] }
      case .bool(let bits):
        for place in places where column.isPresent(place.row) {
          numbers[place.position] = bits[place.row / 8] >> (place.row % 8) & 1 == 1 ? 1 : 0
        }
      case .keyword, .keywordSet, .text: break
      }
    }
    return numbers
  }

  private func words(
    _ parts: [(AttributeTable, AttributeTable.Column, [Place])], _ list: [String]
  ) -> InputColumn.Words {
    var first: UInt32 = 0
    var numbers: [UInt32] = []
    var spans = [Range<Int>](repeating: 0..<0, count: merge.entries.count)
    for (table, column, places) in parts {
      let start = numbers.count
      switch column.values {
      case .keyword(let indexes):
        numbers += indexes.map { first + $0 }
        for place in places where column.isPresent(place.row) {
          spans[place.position] = start + place.row..<start + place.row + 1
        }
      case .keywordSet(let ends, let indexes):
        numbers += indexes.map { first + $0 }
        for place in places {
          spans[place.position] =
            start + (place.row > 0 ? Int(ends[place.row - 1]) : 0)..<start + Int(ends[place.row])
        }
      case .int, .float, .bool, .text: break
      }
      first += UInt32(table.strings.count)
    }
    return InputColumn.Words(list: list, numbers: numbers, spans: spans)
  }
}
