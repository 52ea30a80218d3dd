import Arguments
import Testing
import WinnowClient

@testable import winnow

/// The flags of a search page, and what they refuse.
@Suite struct PageFlagTests {
  private func wishes(_ words: [String]) throws -> PageWishes {
    let outcome = Program.command.parse(
      ["--coordinator", "127.0.0.1:1", "query", "--user", "1"] + words, environment: [:])
    guard case .run(let values) = outcome else { throw Failure(.usage, "not understood: \(outcome)") }
    return try PageFlags.wishes(Session(values))
  }

  @Test func facetsOrderAndPagesAreRead() throws {
    let found = try wishes([
      "--facet", "brand", "--facet", "brand2:20", "--facet", "price:0..50..100", "--facet", "rating:4 ranges",
      "--facet-own", "brand,colour", "--order-by", "price,-rating", "--page", "0aff", "--total", "--no-rules",
    ])
    #expect(
      found.facets == [
        .init("brand", .values(most: 10), ignoresOwn: true), .init("brand2", .values(most: 20)),
        .init("price", .edges([0, 50, 100])), .init("rating", .ranges(4)), .init("colour", ignoresOwn: true),
      ])
    #expect(found.sort == [.init("price"), .init("rating", descends: true)])
    #expect(found.wantsNext && found.token == [0x0A, 0xFF] && found.wantsTotal && found.skipsRules)
    #expect(try wishes(["--page", "first"]).token.isEmpty)
  }

  @Test func diversityAndExposureAreRead() throws {
    let found = try wishes(["--diversity", "0.25", "--alike-by", "brand", "--exposure", "brand:acme=0.2,zeta=0.5"])
    #expect(found.diversity == .init(lambda: 0.25, window: 200, attribute: "brand"))
    #expect(
      found.exposure
        == .init(
          "brand", .perList(significance: 0.1), targets: [(group: "acme", share: 0.2), (group: "zeta", share: 0.5)]))
    let overTime = try wishes(["--exposure", "brand:acme=0.2", "--exposure-over-time", "2"])
    #expect(overTime.exposure?.mode == .overTime(strength: 2))
  }

  @Test(arguments: [
    ["--facet", "Brand"], ["--facet", "price:5..1"], ["--facet", "price:a..b"], ["--facet", "price:0"],
    ["--facet-own", "A"], ["--order-by", "a,b,c,d"], ["--order-by", "-"], ["--page", "zz"], ["--page", "0"],
    ["--alike-by", "brand"], ["--exposure", "brand"], ["--exposure", "brand:acme=2"],
    ["--exposure", "brand:acme=0.7,zeta=0.7"], ["--exposure-over-time", "1"],
    ["--order-by", "price", "--diversity", "0.5"],
  ]) func whatDoesNotFitIsRefused(words: [String]) {
    #expect(throws: Failure.self) { try wishes(words) }
  }
}
