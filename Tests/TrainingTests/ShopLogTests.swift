import Kernels
import Testing
import Training

/// What a synthetic shop's log has to offer to those who clean it and learn from it.
struct ShopLogTests {
  private struct Read {
    let shop: SyntheticShop
    let log: EventLog
    let cleaning: Cleaning

    init(items: Int, shoppers: Int) throws {
      shop = try SyntheticShop(seed: 3, itemCount: items, shopperCount: shoppers)
      log = try EventLog(InputFile(name: "events.tsv", pieces: [shop.events]))
      cleaning = Cleaning(log, CleaningRules())
    }
  }

  @Test func cleaningHasSomethingOfEverythingToReport() throws {
    let read = try Read(items: 400, shoppers: 500)
    let faults = Set(read.log.faults.entries.keys.map(\.reason))
    #expect(faults == [.fieldCount, .missing, .unknownEvent, .notTime, .notUTF8])
    let dropped = Set(read.cleaning.dropped.entries.keys)
    #expect(dropped == [.impossibleTime, .duplicate, .bot])
    #expect(read.cleaning.botCount == 1)
    let share = Double(read.cleaning.kept.count) / Double(read.log.rowsRead)
    #expect((0.9..<0.99).contains(share), "\(share) kept")
  }

  @Test func fewItemsHaveMostEvents() throws {
    let read = try Read(items: 400, shoppers: 100)
    let data = try DataSet(read.log, read.cleaning)
    let counts = Histories(data.interactions).popularity.sorted(by: >)
    let top = counts.prefix(40).reduce(0, +)
    #expect((0.25..<0.75).contains(Double(top) / Double(data.interactions.count)))
  }

  @Test func modelThatLearnsFromItKnowsTastes() throws {
    let read = try Read(items: 240, shoppers: 300)
    let data = try DataSet(read.log, read.cleaning)
    let (train, heldOut) = data.interactions.leavingLastOut()
    let histories = Histories(train)
    let cases = heldOut.enumerated().filter { !$0.element.isEmpty && !histories.contains($0.offset, $0.element[0]) }
      .map { TestCase(user: $0.offset, relevant: $0.element.map(UInt32.init)) }
    var options = ImplicitALS.Options()
    options.dimension = 16
    options.regularisation = 0.02
    let tower = ImplicitALS(train, options)
    for _ in 0..<4 { tower.iterate() }
    let kernels = KernelSet()
    let learned = Evaluation(cases, histories: histories) { user, _ in
      var scores = [Float](repeating: 0, count: tower.items.rowCapacity)
      kernels.dots(PaddedVector(tower.users.row(user)), tower.items, rows: 0..<scores.count, into: &scores)
      return scores
    }
    let popularity = PopularityBaseline(histories)
    let popular = Evaluation(cases, histories: histories) { _, items in popularity.scores(items) }
    #expect(cases.count > 100)
    let rates = (learned.hitRate(at: 10), popular.hitRate(at: 10))
    #expect(rates.0 > 1.5 * rates.1, "\(rates)")
  }
}
