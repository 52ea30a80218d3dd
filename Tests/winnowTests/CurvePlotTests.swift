import DataSets
import Foundation
import FoundationXML
import Learning
import Testing

@testable import winnow

struct CurvePlotTests {
  private static func record(epochs: Int, validated: Bool = true) throws -> TrainingRecord {
    let records = (1...max(epochs, 1)).prefix(epochs).map { epoch in
      EpochRecord(
        epoch: epoch, loss: 1 / Double(epoch), accuracy: 0.9, validationLoss: validated ? 0.5 : nil,
        validationAccuracy: validated ? 0.8 : nil, validation: validated ? RankFigures([[epoch], [3]]) : nil,
        learningRate: 0.1)
    }
    var log = Interactions()
    log.append(user: 0, item: 0)
    var record = TrainingRecord(settings: [:], data: .init(log))
    record.epochs = records
    record.bestEpoch = epochs > 0 ? epochs : nil
    return record
  }

  @Test(arguments: [0, 1, 2, 37]) func aPlotIsWellFormedWithAPointForEachEpoch(epochs: Int) throws {
    let svg = CurvePlot(try Self.record(epochs: epochs)).svg
    let reader = SVGReader()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(reader.root == "svg")
    #expect(reader.pointCounts == [Int](repeating: epochs, count: epochs > 0 ? 6 : 0))
    #expect(svg.contains("prefers-color-scheme: dark"))
    if epochs > 0 {
      for word in ["Loss", "Metrics", "epoch", "val. NDCG@10", "validation: strict"] {
        #expect(reader.texts.contains(word))
      }
    }
  }

  @Test func curvesWithoutFiguresAreLeftOut() throws {
    let svg = CurvePlot(try Self.record(epochs: 3, validated: false)).svg
    #expect(svg.contains("training") && !svg.contains(">validation<"))
  }

  @Test func ticksAreRoundAndCoverTheRange() {
    #expect(CurvePlot.ticks(0.13, 0.87).first == 0)
    for (low, high) in [(0.0, 1.0), (0.31, 0.32), (5, 5), (-3, 1e6), (0.6931, 0.6932)] {
      let ticks = CurvePlot.ticks(low, high)
      #expect(ticks.count >= 2 && ticks.count <= 8, "\(ticks)")
      #expect(ticks[0] <= low + 1e-9 && ticks[ticks.count - 1] >= high - 1e-9, "\(ticks)")
    }
  }
}

private final class SVGReader: NSObject, XMLParserDelegate {
  var root: String?
  var pointCounts: [Int] = []
  var texts: Set<String> = []

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    root = root ?? name
    if name == "polyline" { pointCounts.append(attributes["points"]?.split(separator: " ").count ?? 0) }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { texts.insert(string) }
}
