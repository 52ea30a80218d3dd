import Foundation
import Testing

/// Ids, keywords, words and other text of users is compared by its bytes: nothing that holds some may compare, order or
/// hash it as `String`, which takes canonically equivalent texts for one. `ExactText` of Vocabulary is for that.
@Suite struct HouseTextTests {
  private static let rooms: Set<String> = [
    "Vocabulary", "Filters", "Text", "Wire", "Retrieval", "Ranking", "Names", "DataSets", "Evaluation", "Learning",
    "ShardNode", "CoordinatorNode",
    "WinnowClient", "LoadClient", "winnow",
  ]

  private static let grammar = "names by the grammar, to which no other text is equivalent"
  private static let program = "words of the program"

  /// Files that may have tables by `String`, and what stands in them.
  private static let allowed: [String: String] = [
    "Sources/Ranking/Features/Cross.swift": grammar, "Sources/Ranking/InputLayout.swift": grammar,
    "Sources/Ranking/Features/AgeFeature.swift": grammar, "Sources/Ranking/Features/FeatureKind.swift": grammar,
    "Sources/Ranking/Features/RetrievalScoreFeature.swift": grammar,
    "Sources/Ranking/Features/OwnedFeature.swift": grammar,
    "Sources/Ranking/FeatureAssembler.swift": grammar, "Sources/Ranking/Features/FeatureReader.swift": grammar,
    "Sources/Ranking/Explainer.swift": grammar, "Sources/Ranking/Reranker.swift": grammar,
    "Sources/Ranking/Calibration.swift": grammar, "Sources/DataSets/EventContext.swift": grammar,
    "Sources/CoordinatorNode/Collections/CollectionCatalogue.swift": grammar,
    "Sources/CoordinatorNode/Collections/Serving.swift": grammar,
    "Sources/CoordinatorNode/Query/QueryService.swift": grammar,
    "Sources/CoordinatorNode/Collections/StagedChanges.swift": grammar,
    "Sources/CoordinatorNode/Collections/CollectionRegistry.swift": grammar,
    "Sources/CoordinatorNode/Collections/Publication.swift": grammar,
    "Sources/CoordinatorNode/Query/AnswerExplanation.swift": grammar,
    "Sources/CoordinatorNode/Query/RerankOutcome.swift": grammar,
    "Sources/CoordinatorNode/Query/QueryVectors.swift": grammar, "Sources/Learning/Model/KnownEvents.swift": program,
    "Sources/Ranking/Profiles/HistoryReader.swift": grammar, "Sources/Ranking/TowerSettings+JSON.swift": grammar,
    "Sources/CoordinatorNode/Console/ConsoleQuery.swift": grammar, "Sources/WinnowClient/ItemUpdate.swift": grammar,
    "Sources/winnow/Feed/FeedSource.swift": grammar, "Sources/Ranking/SafetensorsFile.swift": "names of tensors",
    "Sources/Learning/Features/PriceLevels.swift": "an object of an older file, whose keys JSON readers compare so",
    "Sources/DataSets/Tables/EntityTable.swift":
      "names of attributes by the grammar, and the program's word for repeats",
    "Sources/Evaluation/ServedModel.swift": "names of attributes by the grammar, and of flags",
    "Sources/Evaluation/ColdTest.swift": "names of flags", "Sources/Evaluation/TwoPhaseRanker+Session.swift": grammar,
    "Sources/CoordinatorNode/Query/QueryTally.swift": "names of errors",
    "Sources/ShardNode/Histories/ByCollection.swift": "names of collections by the grammar",
    "Sources/ShardNode/Journal/ShardFiles.swift":
      "names of files that the shard gives", "Sources/LoadClient/LoadReport.swift": "names of errors",
    "Sources/LoadClient/LoadTally.swift": "names of errors", "Sources/LoadClient/ServiceLevelReader.swift": "units",
    "Sources/Learning/Model/TrainingRecord.swift": "names of flags",
    "Sources/Learning/Private/PrivateModel.swift": "names of flags",
    "Sources/winnow/Privacy/PrivacyAccountVerb.swift": "words of the program",
    "Sources/winnow/Train/TrainFlags.swift": "names of flags",
    "Sources/winnow/Train/TrainRun.swift": program, "Sources/winnow/Bench/BenchResult+JSON.swift": "names of errors",
    "Sources/winnow/Model/PushMemory.swift": "names of variables",
    "Sources/winnow/Evaluate/LiveEvaluation.swift": "causes that the program words",
    "Sources/winnow/Import/EntityFlags.swift": program,
    "Sources/winnow/Session.swift": "names of errors", "Sources/ShardNode/Services/ReportService.swift": program,
    "Sources/winnow/Outputs/DirectoryForm.swift": "names of files that the program gives",
    "Sources/winnow/Import/ImportMovieLensVerb.swift": "names of files that the program looks for",
    "Sources/DataSets/DataSet+Files.swift": "names of our files",
    "Sources/DataSets/Tables/RawColumn.swift": "words for what is not there",
  ]

  @Test func tablesByStringHoldWordsOfTheProgram() throws {
    var used: Set<String> = []
    for source in try House.sources("Sources") where Self.rooms.contains(source.room) {
      let tables = #"\[+String ?:.*|\b(Set|Dictionary|Tally)<String\b.*"#
      let sets = #"\bSet\(\w*([nN]ames|[wW]ords|[kK]eywords|[tT]exts|[lL]abels)\).*"#
      let found = try source.matches("\(tables)|\(sets)")
      guard !found.isEmpty else { continue }
      used.insert(source.path)
      let isAllowed = Self.allowed[source.path] != nil
      #expect(isAllowed, "compare by bytes, with ExactText: \(found)")
    }
    #expect(Set(Self.allowed.keys).subtracting(used).isEmpty, "no longer needed")
  }

  /// A case with a word of a user makes its own equality.
  @Test func wordsInCasesAreComparedByBytes() throws {
    let declaration = #/(?:enum) \w+(?:\s*:\s*(?<protocols>[^{]*))?\{/#
    for source in try House.sources("Sources") where Self.rooms.contains(source.room) {
      let lines = source.code.components(separatedBy: "\n")
      var open: (indent: Int, compares: Bool)?
      for (index, line) in lines.enumerated() {
        let indent = line.prefix { $0 == " " }.count
        if let match = line.firstMatch(of: declaration) {
          let protocols = match.protocols.map(String.init) ?? ""
          open = (indent, protocols.contains("Hashable") || protocols.contains("Equatable"))
        }
        guard let found = open, found.compares, indent == found.indent + 2,
          line.contains(#/^\s*(?:indirect )?case \w*([kK]eywords?|[wW]ords?|[tT]exts?)\w*\(\[?String/#)
        else { continue }
        let own = "static func == ("
        #expect(source.code.contains(own), "\(source.path):\(index + 1) compares a word as String")
      }
    }
  }

  /// `UInt64("+5")`, `UInt64("007")`: an id has one spelling, which `UInt64(digits:)` reads.
  @Test func idsAreReadInOneSpelling() throws {
    for source in try House.sources("Sources") where Self.rooms.contains(source.room) {
      // The grammar of JSON has been checked where its numbers are read.
      guard !source.path.hasSuffix("/JSONReader.swift") else { continue }
      let found = try source.matches(#"\bUInt64\((?:(?:text|digits|name)\)|String\().*"#)
      #expect(found.isEmpty, "\(found)")
    }
  }
}
